"""Who may sign letters: written down by a superuser who has seen the licence."""

from __future__ import annotations

from django.contrib import admin

from common.admin import SuperuserAdmin
from common.admin_cells import time_column
from eligibility.models import Clinician


@admin.register(Clinician)
class ClinicianAdmin(SuperuserAdmin):
    list_display = ("user", "credential", "npi", "licences", "is_active", "created")
    list_title = "Clinicians"
    search_fields = ("npi__exact", "user__username__icontains")
    search_help_text = "NPI or username"
    empty_hint = "Nobody may sign letters yet: add a clinician whose licence you have seen."
    ordering = ("-pk",)
    fields = ("user", "name", "credential", "npi", "licences", "licence_number", "is_active")
    autocomplete_fields = ("user",)
    created = time_column("created_at", "since")
