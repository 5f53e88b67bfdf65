from __future__ import annotations

from django.apps import AppConfig


class CheckoutConfig(AppConfig):
    name = "checkout"

    def ready(self) -> None:
        """The link below knows no database: it is told here who records what comes too late."""
        from checkout.network.late import late_answers
        from checkout.services.late_answers import record_late_answer

        late_answers.record = record_late_answer
