"""wiring picks: which tenant, which store, which clock."""
