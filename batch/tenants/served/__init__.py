"""served lets a practice tenant speak Microsoft Graph over HTTP."""
