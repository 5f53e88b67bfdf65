"""The bank's operator at the keeper's own side: acts at once, with the bank's credential of this process, and says what it did."""

from __future__ import annotations

import getpass
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from common.request_context import Actor, acting_as
from vault.custody.keeper import custodian
from vault.custody.port import CustodyError
from vault.governance.carrying_out import carry_out, change_key, look_at
from vault.governance.errors import GovernanceRefused
from vault.governance.models import CustodyRequest
from vault.governance.moving import move_key
from vault.governance.selectors import newest_rotation, open_requests, progress_0_100
from vault.governance.services import Person, write
from vault.key_models import MerchantKey

VERBS = [str(verb) for verb in CustodyRequest.Verb]


class Command(BaseCommand):
    help = (
        "The bank's hand on merchants' keys: status, revoke, restore, rewrap, reseal; carry-out finishes what the console approved; "
        "make-master makes the master key of an empty PKCS#11 token; move brings keys from another keeper to the configured one."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["status", "carry-out", "make-master", "move", *VERBS])
        parser.add_argument("owner", nargs="?", help="The merchant's public id (mer_…); for carry-out a request's (cust_…).")
        parser.add_argument(
            "--from", dest="source", choices=["local", "aws", "pkcs11"], help="For move: the keeper that holds the keys now."
        )
        parser.add_argument("--reason", default="", help="Why; the history keeps it. Needed for every change.")

    def handle(self, *args: Any, **options: Any) -> None:
        action, owner = options["action"], options["owner"]
        operator = Person(id="operator", name=f"{getpass.getuser()} at the keeper's side")
        with acting_as(Actor(kind="system", id="manage.py custody", role="bank")):
            if action == "status":
                self._status(owner)
            elif action == "carry-out":
                self._carry_out(owner, operator)
            elif action == "make-master":
                self._make_master()
            elif action == "move":
                self._move(options["source"], operator)
            else:
                self._change(action, _key(owner), options["reason"].strip(), operator)

    def _status(self, owner: str | None) -> None:
        for key in [_key(owner)] if owner else MerchantKey.objects.order_by("owner"):
            try:
                state = str(look_at(key).state)
            except CustodyError as error:
                state = f"last seen {key.state}; the keeper says: {error}"
            rotation = newest_rotation(key)
            going = f", {rotation.get_kind_display()}: {progress_0_100(rotation)}%" if rotation else ""
            self.stdout.write(f"{key.owner}  {state}  {key.reference}{going}")

    def _carry_out(self, public_id: str | None, operator: Person) -> None:
        found = open_requests().exclude(status=CustodyRequest.Status.PENDING)
        for request in found.filter(public_id=public_id) if public_id else found:
            request = carry_out(request=request, by=operator)
            self.stdout.write(
                f"{request.public_id}  {request.verb} {request.key.owner}  {request.status}  {request.error}".rstrip()
            )

    def _make_master(self) -> None:
        from vault.custody.pkcs11 import Pkcs11Custodian, create_master_key  # loads the module's library

        keeper = custodian()
        if not isinstance(keeper, Pkcs11Custodian):
            raise CommandError("Only a PKCS#11 token gets its master key from here: set CUSTODIAN=pkcs11.")
        create_master_key(keeper)
        self.stdout.write(f"The token has the master key {keeper.master_label}.")

    def _move(self, source: str | None, operator: Person) -> None:
        if not source or source == settings.CUSTODIAN:
            raise CommandError("Say with --from which keeper holds the keys now; CUSTODIAN names the one that they go to.")
        for key in MerchantKey.objects.filter(custodian=source).order_by("pk"):
            try:
                move_key(key=key, source=source, by=operator)
            except CustodyError as error:
                raise CommandError(f"{key.owner} and those after it were not moved: {error}") from error
            self.stdout.write(f"{key.owner}  {source} → {settings.CUSTODIAN}")

    def _change(self, verb: str, key: MerchantKey, reason: str, operator: Person) -> None:
        if not reason:
            raise CommandError("Say why with --reason: the history keeps it.")
        try:
            change_key(key=key, verb=verb)
        except (CustodyError, GovernanceRefused) as error:
            with transaction.atomic():
                write(key=key, kind=f"{verb}.failed", text=f"{reason} ({error})", by=operator)
            raise CommandError(f"Not done: {error}") from error
        with transaction.atomic():
            write(key=key, kind=f"{verb}.done", text=reason, by=operator)
        self.stdout.write(f"{key.owner}  {verb} done")


def _key(owner: str | None) -> MerchantKey:
    key = MerchantKey.objects.filter(owner=owner or "").first()
    if key is None:
        raise CommandError("Name the merchant by its public id (mer_…): `manage.py custody status` lists them.")
    return key
