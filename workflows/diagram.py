"""Draws the lifecycle as a Mermaid state diagram, for the README; a test keeps the two the same."""

from workflows.lifecycle import LIFECYCLE


def mermaid() -> str:
    """Return the diagram: one arrow a step, labelled with the action and who may take it."""
    arrows: dict[tuple[str, str], list[str]] = {}
    for step in LIFECYCLE.transitions:
        who = ", ".join(sorted(step.parties))
        for source in sorted(step.sources, key=lambda state: state.rank):
            arrows.setdefault((source, step.target), []).append(f"{step.action} ({who})")
            for code, target in step.target_for.items():
                if target != source:
                    arrows.setdefault((source, target), []).append(f"{step.action} {code} ({who})")
    lines = ["stateDiagram-v2", f"    [*] --> {LIFECYCLE.initial}"]
    lines += [f"    {source} --> {target}: {' / '.join(labels)}" for (source, target), labels in arrows.items()]
    return "\n".join(lines)
