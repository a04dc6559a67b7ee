"""Who may come in, where the HTTP door itself cannot tell: tokens, and mounted apps."""

from __future__ import annotations

from opi_pos.http.asgi import Scope, header, same_secret
from opi_pos.http.listen import ListenConfig
from opi_pos.http.peers import Peers, is_loopback
from opi_pos.model.errors import ConfigurationError

_BEARER = b"bearer "


def require_guard(config: ListenConfig) -> None:
    """`ConfigurationError` for an address beyond this machine that anybody could use."""
    if not (is_loopback(config.host) or config.peers or config.tokens):
        raise ConfigurationError(
            "listen.host",
            f"{config.host} is reached from other machines: list `peers`, or set `tokens`",
        )
    for token in config.tokens:
        if len(token) < 16 or not token.isascii() or "/" in token:
            # 128 bit take 22 characters of base64url; 16 is what a person may still have typed.
            raise ConfigurationError("listen.tokens", "a token has 16 characters or more, no slash")


class Guard:
    """Lets a request in, or answers None: for the peer, as if there were nothing here."""

    def __init__(self, config: ListenConfig) -> None:
        self._tokens = config.tokens
        self._peers = Peers(config.peers, limit=1) if config.peers else None

    def path(self, scope: Scope) -> str | None:
        """The path without mount point and token; None when the request may not come in."""
        path: str = scope["path"]
        root = scope.get("root_path")
        if root and path.startswith(root):
            path = path[len(root) :]
        if self._peers is not None and not self._admits(scope):
            return None
        return self._without_token(scope, path) if self._tokens else path

    def _admits(self, scope: Scope) -> bool:
        client = scope.get("client")
        if self._peers is None or client is None or self._peers.admit(client[0]):
            return False
        self._peers.release(client[0])
        return True

    def _without_token(self, scope: Scope, path: str) -> str | None:
        bearer = header(scope, b"authorization") or b""
        if bearer[: len(_BEARER)].lower() == _BEARER:
            given = bearer[len(_BEARER) :].decode("latin-1")
        else:
            given, _, rest = path[1:].partition("/")
            path = "/" + rest
        # Every token is compared, so that the time does not tell which one nearly fits.
        return path if sum(same_secret(given, token) for token in self._tokens) else None
