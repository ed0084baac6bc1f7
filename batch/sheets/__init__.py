"""sheets touches files: whatever spreadsheet an admin has, as tables of text with their places."""
