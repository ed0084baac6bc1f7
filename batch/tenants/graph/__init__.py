"""graph is Microsoft 365 itself: licences behind Microsoft Graph."""
