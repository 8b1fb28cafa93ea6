"""What a person reads at the end of a night: what was kept, what was dropped and why, where it lies, what is next."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

from corpus.manifest import Manifest


def funnel_table(manifest: Manifest) -> str:
    """Return the funnel of ``manifest`` as Markdown, for the UI."""
    seen = sum(row.documents for row in manifest.funnel)
    lines = [
        f"# {manifest.dataset} {manifest.version}",
        "",
        f"{seen} documents seen",
        "",
        "| step | fate | documents |",
        "|---|---|---:|",
    ]
    lines += [f"| {row.step} | {row.reason} | {row.documents} |" for row in manifest.funnel]
    return "\n".join(lines) + "\n"


def show(console: Console, manifest: Manifest, dataset: str) -> None:
    """Print the summary of a published night."""
    console.print(_funnel(manifest))
    published = Path(dataset) / "published"
    rows = {split: manifest.rows(split) for split in ("train", "validation")}
    console.print(
        f"[bold]{manifest.version}[/bold]: {rows['train']} train and {rows['validation']} validation rows, ", end=""
    )
    console.print(f"{manifest.n_tokens:,} tokens ({manifest.tokenizer}), manifest {manifest.number}, in {published}")
    console.print("Next:")
    console.print(
        f"  read it     datasets.load_dataset('{published}'), or as {published}/README.md shows", soft_wrap=True
    )
    console.print(f"  ask why     gristmill explain URL --dataset {dataset}", soft_wrap=True)
    console.print(f"  train       gristmill finetune {dataset}", soft_wrap=True)


def _funnel(manifest: Manifest) -> Table:
    table = Table(title=f"{manifest.dataset} {manifest.version}", title_justify="left")
    table.add_column("step")
    table.add_column("fate")
    table.add_column("documents", justify="right")
    for row in manifest.funnel:
        style = "green" if row.reason == "kept" else ""
        table.add_row(row.step, row.reason, str(row.documents), style=style)
    return table
