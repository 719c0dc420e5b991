"""`earnest scan POOL`: what a running service finds in a pool's contributions that deposits do not judge."""

import json
from typing import Annotated

import typer

from earnest.extras import needed


def scan(
    pool: Annotated[str, typer.Argument(help="The pool's id or address.", show_default=False)],
    url: Annotated[str, typer.Option(help="The running service.")] = "http://127.0.0.1:8000",
    admin_token: Annotated[
        str, typer.Option(envvar="EARNEST_ADMIN_TOKEN", help="The operator's token.", show_default=False)
    ] = "",
    rate: Annotated[float, typer.Option(min=0, max=0.5, help="Share thought to be poisoned.")] = 0.03,
    json_: Annotated[bool, typer.Option("--json", help="One object, for other programs.")] = False,
) -> None:
    """Look for backdoors, wrong labels and harmful contributors in a pool; each scan with its false alarms."""
    with needed("service", "Scanning a pool"):
        import httpx
    try:
        answer = httpx.get(
            f"{url.rstrip('/')}/v1/pools/{pool}/scans",
            params={"rate": rate},
            headers={"Authorization": f"Bearer {admin_token}"},
            timeout=300,
        )
        document = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        typer.echo(f"The service at {url} does not answer as one: {error}", err=True)
        raise typer.Exit(2) from None
    if answer.status_code != 200:
        typer.echo(str(document.get("detail", document)), err=True)
        raise typer.Exit(2)
    if json_:
        typer.echo(json.dumps(document))
        return
    typer.echo(f"{document['contributions']:,} contributions against {document['trusted']:,} trusted samples")
    for one in document["scans"]:
        alarms = one["false_alarms"]
        told = "unknown" if alarms is None else f"{alarms:.1%}"
        typer.echo(
            f"{one['name']:<9} flags {one['flagged']:,} ({one['share']:.1%}; of honest ones {told}). {one['words']}"
        )
        if one["signs"]:
            typer.echo(f"{'':<9} {', '.join(one['signs'][:12])}")
