"""Every setting, read once from the environment. A bad value stops the start with a sentence that names it.

base      what runs, hosts and cookies, logs           keys      sealed data, the keeper of keys
web       apps, middleware, language, pages            api       versions, limits, schema
servers   database, Redis and Celery, others' calls    payments  card network, payment pages
people    sign-in, sessions, mail                      judging   eligibility, bank data, rules
tills     terminals                                    treasury  banks and payouts
banks     the sandbox's bank
The beat is in fsa_platform/beat.py, the admin's look in fsa_platform/admin_look.py.
"""

from __future__ import annotations

from fsa_platform.settings.api import *  # noqa: F403
from fsa_platform.settings.banks import *  # noqa: F403
from fsa_platform.settings.base import *  # noqa: F403
from fsa_platform.settings.judging import *  # noqa: F403
from fsa_platform.settings.keys import *  # noqa: F403
from fsa_platform.settings.payments import *  # noqa: F403
from fsa_platform.settings.people import *  # noqa: F403
from fsa_platform.settings.servers import *  # noqa: F403
from fsa_platform.settings.tills import *  # noqa: F403
from fsa_platform.settings.treasury import *  # noqa: F403
from fsa_platform.settings.web import *  # noqa: F403
