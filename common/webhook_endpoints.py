"""The endpoints of webhooks, for admins."""

from typing import Final

from common import queries, wire
from common.endpoint import Endpoint
from common.people import ADMINS
from common.webhooks import (
    CreateWebhook,
    DeliveryQuery,
    DeliveryView,
    EditWebhook,
    Pinged,
    Replayed,
    ReplayRange,
    WebhookView,
)

LIST_WEBHOOKS: Final = Endpoint(
    name="webhooks.list",
    method="GET",
    path="/webhooks",
    summary="The webhooks",
    roles=ADMINS,
    query=queries.PageQuery,
    answer=wire.Page[WebhookView],
    revalidates=True,
)
CREATE_WEBHOOK: Final = Endpoint(
    name="webhook.create",
    method="POST",
    path="/webhooks",
    roles=ADMINS,
    summary="Create a webhook; its secret is shown once",
    body=CreateWebhook,
    answer=WebhookView,
    success=201,
)
READ_WEBHOOK: Final = Endpoint(
    name="webhook.read",
    method="GET",
    path="/webhooks/{id}",
    summary="A webhook",
    roles=ADMINS,
    answer=WebhookView,
)
EDIT_WEBHOOK: Final = Endpoint(
    name="webhook.edit",
    method="PATCH",
    path="/webhooks/{id}",
    summary="Change a webhook, or turn it off and on",
    roles=ADMINS,
    body=EditWebhook,
    answer=WebhookView,
)
DELETE_WEBHOOK: Final = Endpoint(
    name="webhook.delete",
    method="DELETE",
    path="/webhooks/{id}",
    roles=ADMINS,
    summary="Delete a webhook and its deliveries",
    success=204,
)
ROTATE_WEBHOOK: Final = Endpoint(
    name="webhook.rotate",
    method="POST",
    path="/webhooks/{id}/rotate",
    roles=ADMINS,
    summary="Create a new secret, shown once; the old one stays valid for 24 hours",
    answer=WebhookView,
    body_optional=True,
)
TEST_WEBHOOK: Final = Endpoint(
    name="webhook.test",
    method="POST",
    path="/webhooks/{id}/test",
    roles=ADMINS,
    summary="Send a test to a webhook now, and return the result",
    answer=Pinged,
    body_optional=True,
)
REPLAY_WEBHOOK: Final = Endpoint(
    name="webhook.replay",
    method="POST",
    path="/webhooks/{id}/replay",
    roles=ADMINS,
    summary="Send a range of finished deliveries again",
    body=ReplayRange,
    body_optional=True,
    answer=Replayed,
    retries=True,
)
LIST_DELIVERIES: Final = Endpoint(
    name="deliveries.list",
    method="GET",
    path="/webhooks/{id}/deliveries",
    roles=ADMINS,
    summary="A webhook's deliveries, newest first",
    query=DeliveryQuery,
    answer=wire.Page[DeliveryView],
    revalidates=True,
)
REPLAY_DELIVERY: Final = Endpoint(
    name="delivery.replay",
    method="POST",
    path="/deliveries/{id}/replay",
    roles=ADMINS,
    summary="Send a delivery again",
    answer=DeliveryView,
    body_optional=True,
    retries=True,
)
