"""Proofs of addresses that are under way: one for each address, hashed, for a few minutes."""

from typing import Final

from msgspec import Struct

from server.storage.engine.statement import Statement, build_insert, param
from server.storage.engine.transaction import ReadTransaction, WriteTransaction
from server.storage.tables.customer_tables import AddressProofModel


class AddressProof(Struct, frozen=True, kw_only=True):
    """A proof as stored; times in microseconds since 1970."""

    org_id: int
    address_hash: str
    code_hash: str
    attempts: int = 0
    created_at: int
    expires_at: int


_FIELDS: Final = [getattr(AddressProofModel, name) for name in AddressProof.__struct_fields__]
_THIS = (AddressProofModel.org_id == param("org_id")) & (
    AddressProofModel.address_hash == param("address_hash")
)
_FIND = Statement(AddressProofModel.select(*_FIELDS).where(_THIS))
_INSERT = build_insert(AddressProofModel)
_DELETE = Statement(AddressProofModel.delete().where(_THIS))
_COUNT_ATTEMPT = Statement(
    AddressProofModel.update({AddressProofModel.attempts: AddressProofModel.attempts + 1}).where(
        _THIS
    )
)
_PURGE = Statement(
    AddressProofModel.delete().where(
        (AddressProofModel.org_id == param("org_id"))
        & (AddressProofModel.expires_at <= param("now"))
    )
)


def find_address_proof(
    reading: ReadTransaction, org_id: int, address_hash: str
) -> AddressProof | None:
    row = reading.fetch_row(_FIND, org_id=org_id, address_hash=address_hash)
    return (
        None
        if row is None
        else AddressProof(**dict(zip(AddressProof.__struct_fields__, row, strict=True)))
    )


def save_address_proof(writing: WriteTransaction, proof: AddressProof) -> None:
    """Saves a proof in place of an earlier one of the same address."""
    delete_address_proof(writing, proof.org_id, proof.address_hash)
    writing.write(
        _INSERT, **{name: getattr(proof, name) for name in AddressProof.__struct_fields__}
    )


def delete_address_proof(writing: WriteTransaction, org_id: int, address_hash: str) -> None:
    writing.write(_DELETE, org_id=org_id, address_hash=address_hash)


def count_failed_attempt(writing: WriteTransaction, org_id: int, address_hash: str) -> None:
    writing.write(_COUNT_ATTEMPT, org_id=org_id, address_hash=address_hash)


def purge_address_proofs(writing: WriteTransaction, org_id: int, now: int) -> None:
    """Deletes the organization's proofs that have expired."""
    writing.write(_PURGE, org_id=org_id, now=now)
