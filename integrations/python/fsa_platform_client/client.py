"""The client itself."""

from __future__ import annotations

from types import TracebackType

import httpx

from fsa_platform_client.operations import Parts
from fsa_platform_client.transport import Transport

VERSION = "2026-11-01"  # of the API, for which this was written
TIMEOUT_S = 35.0  # a payment whose bank is silent is ended after that long
MAX_RETRIES = 3


class FsaClient(Parts):
    """The API with one key: `client.checkout.sessions_create(…)`, `client.payments.list_all()`.

    timeout_s: for each attempt. max_retries: repeats after the first attempt, where a repeat does nothing twice. http_client: your
    own, for proxies and certificates. One client may be used by several threads.
    """

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str,
        version: str = VERSION,
        timeout_s: float = TIMEOUT_S,
        max_retries: int = MAX_RETRIES,
        http_client: httpx.Client | None = None,
    ) -> None:
        transport = Transport(
            api_key=api_key,
            base_url=base_url,
            version=version,
            timeout_s=timeout_s,
            max_retries=max_retries,
            http_client=http_client,
        )
        super().__init__(transport)
        self._of_client = transport

    def __repr__(self) -> str:
        return f"FsaClient(base_url={self._of_client.base_url!r})"  # never the key

    def __enter__(self) -> FsaClient:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End its connections."""
        self._of_client.close()
