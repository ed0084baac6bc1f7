"""`reassign tenant serve`: a practice tenant that speaks Microsoft Graph on this machine."""

from __future__ import annotations

from pathlib import Path

import click

from batch.cli.telling import say


@click.command(
    epilog="""\b
Examples:
  reassign tenant serve tenant.db --port 8080
  reassign tenant serve tenant.db --faults seed=7,throttle=0.1 --quota 3000/150s

It listens on this machine only and takes any bearer token. Stop it with Ctrl-C."""
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="The port (default: any free one).")
@click.option("--faults", default="", metavar="LIST", help="What goes wrong, e.g. seed=7,throttle=0.1,latency=150ms")
@click.option("--quota", default="none", metavar="N/TIME", help="Writes it takes, e.g. 3000/150s (default: no limit).")
def serve(file: Path, port: int, faults: str, quota: str) -> int:
    """Serve the practice tenant in FILE as Microsoft Graph over HTTP, for rehearsals and for other people's clients."""
    from batch.core.quota import Quota
    from batch.wiring.serving import serve_practice

    def ready(root: str) -> None:
        say(
            [
                f"{file} speaks Microsoft Graph at {root}",
                "To use it as if it were Microsoft 365, in another terminal:",
                f"  export REASSIGN_GRAPH_URL={root} REASSIGN_GRAPH_TOKEN=practice",
                f'  (PowerShell: $env:REASSIGN_GRAPH_URL = "{root}"; $env:REASSIGN_GRAPH_TOKEN = "practice")',
                "  reassign tenant doctor",
                "Ctrl-C stops it.",
            ]
        )

    serve_practice(file, faults, Quota.parse(quota), port, ready)
    return 0
