"""What whoever runs the site on their machine is told of the world that is played for it."""

from django.conf import settings

from unroller import env


def sandbox_lines() -> list[str]:
    """What there is to try, and where it shows."""
    return [*_stage_lines(), *mail_lines(), *_stripe_lines()]


def _stage_lines() -> list[str]:
    """Where to mention the bot on the pretend networks, and the blogs to which authors publish."""
    state = env.running_sandbox(settings.DATA_DIR)
    if state is None:
        return []
    return [
        f"  Mention the bot on the pretend networks:  {state['stage']}",
        f"  Pretend blogs to publish to:  {state['blog']}",
    ]


def mail_lines() -> list[str]:
    """Where to read the mail that the site sends, when it goes to the sandbox."""
    state = env.running_sandbox(settings.DATA_DIR)
    if state is None or env.text("EMAIL_URL") not in {"", state["env"]["EMAIL_URL"]}:
        return []
    return [f"  Mail that the site sends:  {state['mail']}"]


def stripe_is_pretended() -> bool:
    """Whether the sandbox plays Stripe."""
    state = env.running_sandbox(settings.DATA_DIR)
    return state is not None and env.text("STRIPE_SECRET_KEY") in {"", state["env"]["STRIPE_SECRET_KEY"]}


def _stripe_lines() -> list[str]:
    """Where the pretended Stripe shows what it sold, and lets cards fail and clocks run."""
    state = env.running_sandbox(settings.DATA_DIR)
    if state is None or not stripe_is_pretended():
        return []
    lines = [f"  Stripe is played by the sandbox too, no money moves:  {state['env']['STRIPE_API_URL']}"]
    if env.text("PATREON_CLIENT_ID") in {"", state["env"]["PATREON_CLIENT_ID"]}:
        lines.append(f"  So is Patreon, where people pledge:  {state['env']['PATREON_API_URL']}")
    return lines
