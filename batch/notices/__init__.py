"""Messages to people and to other programs: e-mail and webhooks."""
