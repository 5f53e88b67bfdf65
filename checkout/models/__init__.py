"""What is kept of a sale: session, lines, payments, tenders, receipt, and what the card network must still hear."""

from __future__ import annotations

from checkout.models.advices import NetworkAdvice as NetworkAdvice
from checkout.models.authentications import CardAuthentication as CardAuthentication
from checkout.models.captures import Capture as Capture
from checkout.models.card_bins import BinImport as BinImport
from checkout.models.card_bins import BinPointer as BinPointer
from checkout.models.card_bins import BinRange as BinRange
from checkout.models.cards import CardToken as CardToken
from checkout.models.clearing import ClearingCase as ClearingCase
from checkout.models.clearing import ClearingFile as ClearingFile
from checkout.models.clearing import ClearingLine as ClearingLine
from checkout.models.disputes import Dispute as Dispute
from checkout.models.disputes import DisputeEvidence as DisputeEvidence
from checkout.models.disputes import DisputeMessageFile as DisputeMessageFile
from checkout.models.disputes import EvidencePack as EvidencePack
from checkout.models.late_answers import LateAnswer as LateAnswer
from checkout.models.letter_holds import CardReference as CardReference
from checkout.models.letter_holds import LetterHold as LetterHold
from checkout.models.payment_links import PaymentLink as PaymentLink
from checkout.models.payments import Payment as Payment
from checkout.models.payments import Tender as Tender
from checkout.models.payments import TenderLine as TenderLine
from checkout.models.receipts import Receipt as Receipt
from checkout.models.refunds import Refund as Refund
from checkout.models.refunds import RefundLeg as RefundLeg
from checkout.models.refunds import RefundPart as RefundPart
from checkout.models.sale_mails import SaleMail as SaleMail
from checkout.models.saved_cards import SavedCard as SavedCard
from checkout.models.sessions import CheckoutSession as CheckoutSession
from checkout.models.sessions import LineItem as LineItem
from checkout.models.spare_tokens import SpareToken as SpareToken
from checkout.models.subscriptions import Renewal as Renewal
from checkout.models.subscriptions import Subscription as Subscription
from checkout.models.subscriptions import SubscriptionCard as SubscriptionCard
from checkout.models.unknown_disputes import UnknownDispute as UnknownDispute
from checkout.payment_pages.models import PageCheck as PageCheck  # a model of this room, kept beside what writes it
