"""Whose request it is: key and token from the query, the header (plain or signed), the body, or a token's own path."""

import re
from urllib.parse import unquote

from werkzeug.wrappers import Request

from pmsync_trello.sandbox.call import Call, Refused
from pmsync_trello.sandbox.world import World

KEY = "sandbox"
_PAIR = re.compile(r'(\w+)\s*=\s*"([^"]*)"')


def credentials(request: Request, call: Call) -> tuple[str, str]:
    """Key and token, each "" where absent. They are taken out of the call's parameters."""
    key = str(call.params.pop("key", "") or "")
    token = str(call.params.pop("token", "") or "")
    header = request.headers.get("Authorization", "")
    if header[:6].casefold() == "oauth ":
        pairs = {name: unquote(value) for name, value in _PAIR.findall(header)}
        key, token = pairs.get("oauth_consumer_key", key), pairs.get("oauth_token", token)
    if not token and call.path[:1] == ("tokens",) and len(call.path) > 1:
        token = call.path[1]
    return key, token


def admit(world: World, call: Call, key: str, token: str) -> None:
    """Sign the caller in. A key alone is an anonymous caller. Raises Refused."""
    if key != KEY:
        raise Refused(401, "invalid key")
    if not token:
        if call.verb != "GET":
            raise Refused(401, {"message": "missing scopes"})
        return
    call.token, call.member = token, world.sign_in(token)
    if call.member is None:
        raise Refused(401, "invalid token")
