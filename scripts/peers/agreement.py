"""What the checks against peers share: an expectation, the list of those that were not met, and the last word."""

TOLERANCE = 1e-9
SHOWN = 40
failures: list[str] = []


def expect(what: str, ours: float | None, theirs: float | None, tolerance: float = TOLERANCE) -> None:
    """Both are the same number within the tolerance; with nothing to measure, both are None."""
    same = ours is theirs or (ours is not None and theirs is not None and abs(ours - theirs) <= tolerance)
    if not same:
        failures.append(f"{what}: ours {ours}, theirs {theirs}")


def verdict(what: str) -> int:
    """Prints what disagrees, or that all of it agrees; the program's exit code."""
    for failure in failures[:SHOWN]:
        print(failure)
    print(f"{len(failures)} disagreements" if failures else f"all {what} agree with their peers")
    return 1 if failures else 0
