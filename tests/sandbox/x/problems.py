"""The error bodies of the X API: those inside a 200 and those that are the answer."""

from collections.abc import Mapping

from ..wire import Json, RefusalError, json_response
from .model import Post

OLD_HOST = "https://api.twitter.com"
NEW_HOST = "https://api.x.com"


def problem_type(kind: str, dialect: str = "legacy") -> str:
    """Both hosts occur in the wild: the last segment of the path is what counts."""
    return f"{OLD_HOST if dialect == 'legacy' else NEW_HOST}/2/problems/{kind}"


def missing(number: str, *, parameter: str, dialect: str, resource: str = "tweet") -> Json:
    return {
        "value": number,
        "detail": f"Could not find {resource} with {parameter}: [{number}].",
        "title": "Not Found Error",
        "resource_type": resource,
        "parameter": parameter,
        "resource_id": number,
        "type": problem_type("resource-not-found", dialect),
    }


def unauthorized_post(number: str, *, parameter: str, dialect: str) -> Json:
    return {
        "resource_id": number,
        "parameter": parameter,
        "resource_type": "tweet",
        "section": "data" if parameter in ("id", "ids") else "includes",
        "title": "Authorization Error",
        "value": number,
        "detail": f"Sorry, you are not authorized to see the Tweet with {parameter}: [{number}].",
        "type": problem_type("not-authorized-for-resource", dialect),
    }


def unauthorized_person(number: str, *, dialect: str) -> Json:
    return {
        "resource_id": number,
        "parameter": "id",
        "resource_type": "user",
        "section": "data",
        "title": "Authorization Error",
        "value": number,
        "detail": f"Sorry, you are not authorized to see the user with id: [{number}].",
        "type": problem_type("not-authorized-for-resource", dialect),
    }


def suspended(number: str, shown: str, *, parameter: str, dialect: str, resource: str = "user") -> Json:
    """The title says Forbidden, the type says not found: as recorded."""
    return {
        "detail": f"User has been suspended: [{shown}].",
        "parameter": parameter,
        "resource_id": number,
        "resource_type": resource,
        "title": "Forbidden",
        "type": problem_type("resource-not-found", dialect),
        "value": number,
    }


def obstructed(number: str, post: Post, *, parameter: str, dialect: str) -> Json:
    return {
        "resource_id": number,
        "parameter": parameter,
        "resource_type": "tweet",
        "section": "data" if parameter in ("id", "ids") else "includes",
        "title": "Resource Unavailable",
        "value": number,
        "detail": f"The Tweet with {parameter}: [{number}] is not available.",
        "type": problem_type(post.obstructed, dialect),
    }


def why_hidden(number: str, post: Post | None, *, parameter: str, dialect: str) -> Json | None:
    """The problem a lookup of this post reports, None when a stranger may see it."""
    if post is None or post.deleted:
        return missing(number, parameter=parameter, dialect=dialect)
    if post.author.suspended:
        who = post.author.id
        return suspended(number, who, parameter=parameter, dialect=dialect, resource="tweet")
    if post.author.protected:
        return unauthorized_post(number, parameter=parameter, dialect=dialect)
    return obstructed(number, post, parameter=parameter, dialect=dialect) if post.obstructed else None


def invalid(parameter: str, value: str, message: str) -> RefusalError:
    """400: the whole request is refused."""
    body = {
        "errors": [{"parameters": {parameter: [value]}, "message": message}],
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": problem_type("invalid-request"),
    }
    return RefusalError(json_response(body, 400))


def not_a_value(parameter: str, value: str, rule: str) -> RefusalError:
    return invalid(parameter, value, f"The `{parameter}` query parameter value [{value}] {rule}")


def unauthorized() -> RefusalError:
    body = {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}
    return RefusalError(json_response(body, 401))


def forbidden() -> RefusalError:
    body = {"title": "Forbidden", "type": "about:blank", "status": 403, "detail": "Forbidden"}
    return RefusalError(json_response(body, 403))


def refused(detail: str, *, title: str = "Forbidden", kind: str = "about:blank") -> RefusalError:
    """403 with the rule that was broken; without `kind` the body names no type."""
    body = {"detail": detail, "title": title, **({"type": kind} if kind else {}), "status": 403}
    return RefusalError(json_response(body, 403))


def user_token_needed() -> RefusalError:
    """403: an app cannot write, a person can."""
    ways = "[OAuth 1.0a User Context, OAuth 2.0 User Context]"
    detail = f"Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint. Supported are {ways}."
    return refused(detail, title="Unsupported Authentication", kind=problem_type("unsupported-authentication"))


def not_a_body(message: str) -> RefusalError:
    """400 for a JSON body that is not what the endpoint wants."""
    body = {
        "errors": [{"message": message}],
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": problem_type("invalid-request"),
    }
    return RefusalError(json_response(body, 400))


def too_many_requests(headers: Mapping[str, str]) -> RefusalError:
    body = {"title": "Too Many Requests", "detail": "Too Many Requests", "type": "about:blank", "status": 429}
    return RefusalError(json_response(body, 429, headers=headers))
