"""tenants touches the place where licences live."""
