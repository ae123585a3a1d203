"""What the doctor says, for tests."""

from unroller.doctor.finding import Finding, Look


def found(*looks: Look) -> dict[str, Finding]:
    """The findings of some looks by name."""
    return {finding.name: finding for look in looks for finding in look()}


def states(*looks: Look) -> dict[str, str]:
    return {name: finding.state for name, finding in found(*looks).items()}
