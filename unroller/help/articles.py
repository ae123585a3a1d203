"""The articles of the help pages, in the order in which they are listed. Pure data: the words of an article are the
template `help/<slug>.html`."""

from typing import NamedTuple


class Article(NamedTuple):
    """One page of help.

    `lead` is its first sentence and what the list says of it; `keywords` are words that people look for and that the
    article may not use; `see` are slugs. An article that is `sold` is only there where something is sold.
    """

    slug: str
    title: str
    lead: str
    keywords: str = ""
    see: tuple[str, ...] = ()
    sold: bool = False

    @property
    def template(self) -> str:
        return f"help/{self.slug}.html"


SECTIONS: dict[str, tuple[Article, ...]] = {
    "Reading": (
        Article(
            "unroll-a-thread",
            "Unroll a thread",
            "Give this site any post of a thread, and read all of it on one page.",
            "link url paste tweet tweets toot skeet twitter address id number bookmarklet share phone slow wait",
            ("something-is-missing", "the-bot", "reading"),
        ),
        Article(
            "something-is-missing",
            "When something is missing",
            "A thread that is not complete says so, and why. Often a refresh helps.",
            "partial incomplete deleted gap refresh force update edited older stopped cut wrong",
            ("unroll-a-thread", "reading-time", "trouble"),
        ),
        Article(
            "reading",
            "The page as you like it",
            "Theme, size, width and typeface are yours to choose, and are remembered.",
            "dark mode sepia font letters big small night keyboard shortcut shortcuts keys print accessibility margin",
            ("library", "files"),
        ),
        Article(
            "reading-time",
            "How reading time is reckoned",
            "“7 min read” is a formula, and here it is.",
            "minutes min read words speed formula length how long",
            ("something-is-missing",),
        ),
        Article(
            "search",
            "Search",
            "Find threads by their words, in any language, here or in your library.",
            "find query operators quotes exclude author tag network date before after or phrase",
            ("library", "highlights"),
        ),
        Article(
            "sharing",
            "Pass a thread on",
            "Share a link, write to a friend, or let them have the thread as a file.",
            "share send mail email friend recommend gift file copy link post anchor refuse",
            ("files", "private-links", "kindle"),
        ),
    ),
    "Following": (
        Article(
            "my-authors",
            "My Authors",
            "Follow authors on X, Bluesky and Mastodon, and be told when there is a new thread by them.",
            "follow following unfollow subscribe notification rss atom feed reader opml csv list import handle",
            ("mail", "library"),
        ),
        Article(
            "mail",
            "Mail, and how to stop it",
            "You choose how often we write, for each author, and one click ends it.",
            "email unsubscribe stop spam digest daily weekly instant newsletter bounced notification",
            ("my-authors", "account"),
        ),
    ),
    "Keeping": (
        Article(
            "library",
            "Your library",
            "Save a thread and find it again: with tags and notes, as a favorite, or in the archive.",
            "save saved bookmark later unread archive favorite tag tags note notes keyboard shortcut keys",
            ("highlights", "search", "bring-your-links", "take-it-with-you"),
        ),
        Article(
            "highlights",
            "Highlights",
            "Mark words in a thread, in four colors, with notes, and find them all on one page.",
            "mark marker quote annotate annotation color note select passage",
            ("library", "services"),
        ),
        Article(
            "bring-your-links",
            "Bring links from elsewhere",
            "A list from another service becomes a library here.",
            "import pocket readwise omnivore instapaper csv html json bookmarks migrate move upload zip",
            ("library", "take-it-with-you"),
        ),
        Article(
            "take-it-with-you",
            "Take your library with you",
            "All of your library as one list, or every thread as a file.",
            "export download backup zip json markdown obsidian leave",
            ("files", "account"),
        ),
        Article(
            "files",
            "PDF, EPUB, Markdown and plain text",
            "A thread that you have as a file stays, whatever becomes of it elsewhere.",
            "download save ebook book obsidian text txt document limit print offline",
            ("kindle", "take-it-with-you", "reading"),
        ),
        Article(
            "kept-copies",
            "Kept copies of pictures and video",
            "What you save keeps its pictures, even when their network loses them.",
            "media photo video storage room space megabytes deleted backup archive permanent",
            ("library", "files"),
        ),
        Article(
            "kindle",
            "Kindle and the weekly book",
            "Read threads on an e-reader, one by one or as a book every Monday.",
            "ereader e-book amazon send epub approved sender weekly monday book",
            ("files", "sharing"),
        ),
        Article(
            "private-links",
            "Private links",
            "A thread on a page that nobody finds, behind a link that ends.",
            "secret hidden unlisted expire revoke private unroll",
            ("sharing", "unroll-a-thread"),
        ),
        Article(
            "services",
            "Readwise, webhooks and the API",
            "What you save and mark can go on by itself, and your own programs can read your library.",
            "integration integrations token developer program zapier json rest automation signing secret",
            ("highlights", "take-it-with-you"),
        ),
    ),
    "Membership": (
        Article(
            "premium",
            "Free and premium",
            "Reading is free. Readers who pay a little keep it so, and get more out of it.",
            "price prices cost plan plans pay member subscription compare free limits",
            ("paying",),
            sold=True,
        ),
        Article(
            "paying",
            "Paying, cancelling, gifts and donations",
            "You can end a membership at any time, and what is paid stays yours.",
            "cancel refund invoice receipt card declined stripe paypal patreon gift donation coffee switch yearly "
            "monthly renew money back",
            ("premium", "account"),
            sold=True,
        ),
    ),
    "The bot": (
        Article(
            "the-bot",
            "Ask the bot",
            "Mention it below a thread with the word “unroll”, and it answers with the link.",
            "mention reply keyword bot tag handle answer silent languages nobot stop twitter quote",
            ("practice", "opting-out"),
        ),
        Article(
            "practice",
            "Practice with a pretend network",
            "Try the bot where nobody is disturbed.",
            "try test example demo sandbox bot",
            ("the-bot", "unroll-a-thread"),
        ),
    ),
    "For authors": (
        Article(
            "your-threads",
            "Your own threads",
            "Show that a profile is yours, and you decide about your threads here.",
            "claim verify verified author profile code bio own readers statistics remove delete support box",
            ("opting-out", "x-archive"),
        ),
        Article(
            "opting-out",
            "Taking threads away, and opting out",
            "These are your words. You decide whether they are here.",
            "delete remove optout opt out copyright dmca consent privacy takedown protected suspended nobot",
            ("your-threads", "the-bot"),
        ),
        Article(
            "your-blog",
            "Publish on your own blog",
            "A thread of yours becomes an entry on your blog, with its pictures.",
            "micropub indieauth indieweb wordpress publish post entry draft syndication own website site posse",
            ("your-threads", "x-archive"),
        ),
        Article(
            "x-archive",
            "Bring your archive from X",
            "The zip that X gives you holds all your posts. Your old threads can be read here, with their pictures.",
            "archive zip upload download twitter data export own posts history",
            ("your-threads", "files"),
        ),
    ),
    "Account and site": (
        Article(
            "account",
            "Signing in, and your account",
            "Your e-mail address is all it takes.",
            "login log in sign up register password passkey code session sign out address change time zone",
            ("your-data", "mail"),
        ),
        Article(
            "your-data",
            "Your data, and leaving",
            "All that we know of you is one click away, and so is its end.",
            "delete account export download gdpr close erase personal leave",
            ("privacy", "account"),
        ),
        Article(
            "privacy",
            "Privacy in short",
            "As little as we can do with, and none of it for sale.",
            "tracking cookies ads tracker ip address analytics gdpr",
            ("your-data", "opting-out"),
        ),
        Article(
            "trouble",
            "When something is wrong",
            "A network is down, a page looks odd, a mail did not come: what to do.",
            "error bug broken problem support contact help down outage status slow not working report",
            ("something-is-missing", "mail"),
        ),
        Article(
            "run-your-own",
            "For those who run a site",
            "This site is a program that you can run yourself.",
            "self host selfhost operator install server settings docs source code admin",
            ("trouble",),
        ),
    ),
}


ARTICLES = {article.slug: article for articles in SECTIONS.values() for article in articles}


def sections(*, sells: bool) -> dict[str, list[Article]]:
    """The articles by section, without those about money where nothing is sold."""
    found = {name: [each for each in articles if sells or not each.sold] for name, articles in SECTIONS.items()}
    return {name: articles for name, articles in found.items() if articles}
