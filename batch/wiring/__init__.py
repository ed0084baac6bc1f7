"""wiring picks: which tenant, which store, which clock, which watchers; and leads data from room to room."""
