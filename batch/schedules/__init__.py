"""Schedulers that exist already, told to start the nights: systemd, cron, Windows, Kubernetes."""
