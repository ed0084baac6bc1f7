"""Work that people and PowerShell do: what is handed out for them, and what of it comes back."""
