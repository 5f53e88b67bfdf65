from __future__ import annotations

from django.urls import path

from pos_monitor.api import commands, devices, history, incidents, sales, terminals

urlpatterns = [
    path("terminal_incidents", incidents.IncidentList.as_view()),
    path("terminal_incidents/<str:public_id>", incidents.IncidentDetail.as_view()),
    path("stores", terminals.StoreList.as_view()),
    path("stores/<str:public_id>", terminals.StoreDetail.as_view()),
    path("terminals", terminals.TerminalList.as_view()),
    path("terminals/enrol", devices.Enrol.as_view()),
    path("terminals/<str:public_id>", terminals.TerminalDetail.as_view()),
    path("terminals/<str:public_id>/alerts", incidents.TerminalAlerts.as_view()),
    path("terminals/<str:public_id>/history", history.TerminalHistory.as_view()),
    path("terminals/<str:public_id>/state", terminals.TerminalState.as_view()),
    path("terminals/<str:public_id>/enrolment_code", terminals.TerminalCode.as_view()),
    path("terminals/<str:public_id>/rotate_token", terminals.TerminalRotate.as_view()),
    path("terminals/<str:public_id>/revoke_token", terminals.TerminalRevoke.as_view()),
    path("terminals/<str:public_id>/card_tokens", sales.TillCardTokens.as_view()),
    path("terminals/<str:public_id>/sales", sales.TillSaleList.as_view()),
    path("terminals/<str:public_id>/sales/batch", sales.TillSaleBatch.as_view()),
    path("terminals/<str:public_id>/sales/void_last", sales.TillSaleVoid.as_view()),
    path("terminals/<str:public_id>/sales/number/<str:sale_number>", sales.TillSaleDetail.as_view()),
    path("terminals/<str:public_id>/close_day", sales.TillCloseDay.as_view()),
    path("terminals/<str:public_id>/days", sales.TillDayList.as_view()),
    path("terminals/<str:public_id>/commands", commands.CommandList.as_view()),
    path("terminals/<str:public_id>/commands/<str:command>", commands.CommandDetail.as_view()),
    path("terminals/<str:public_id>/commands/<str:command>/cancel", commands.CommandCancel.as_view()),
    path("terminals/<str:public_id>/commands/<str:command>/log", commands.CommandLogView.as_view()),
    path("terminal/commands/<str:command>/log", commands.OwnLog.as_view()),
    path("terminal/token", devices.OwnToken.as_view()),
]
