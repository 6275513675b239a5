"""Who may do what: every role, every model, every address. The one place to read it, and the tests hold the site to it.

An address of the site without its row here fails the build. The groups in the database are made by migrations,
which a test compares with MODELS.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from django.urls import URLResolver, get_resolver


class Role(StrEnum):
    """A staff role, by the name of its group. A person may hold several."""

    CONTENT_EDITOR = "Content editor"
    CLINICAL_REVIEWER = "Clinical reviewer"
    DIRECTORY_EDITOR = "Directory editor"
    ENQUIRY_HANDLER = "Enquiry handler"
    ENQUIRY_MANAGER = "Enquiry manager"
    ADMINISTRATOR = "Administrator"


EVERYONE = frozenset({"everyone"})
STAFF = frozenset({"staff"})  # whoever may open the desk, with or without a role
ROLES = frozenset(Role)
NOBODY: frozenset[str] = frozenset()

# For each model, what each role may do with its rows. A role that is not named may not even look.
VIEW, EDIT, ALL = (
    frozenset({"view"}),
    frozenset({"view", "add", "change"}),
    frozenset({"view", "add", "change", "delete"}),
)
CHANGE, ADD = frozenset({"view", "change"}), frozenset({"view", "add"})
_page = {
    Role.CONTENT_EDITOR: ALL,
    Role.CLINICAL_REVIEWER: VIEW,
    Role.DIRECTORY_EDITOR: VIEW,
    Role.ADMINISTRATOR: ALL,
}
_directory = {
    Role.CONTENT_EDITOR: VIEW,
    Role.CLINICAL_REVIEWER: VIEW,
    Role.DIRECTORY_EDITOR: ALL,
    Role.ENQUIRY_HANDLER: VIEW,
    Role.ENQUIRY_MANAGER: VIEW,
    Role.ADMINISTRATOR: ALL,
}
MODELS: dict[str, dict[Role, frozenset[str]]] = {
    "procedures.procedure": _page | {Role.ENQUIRY_HANDLER: VIEW, Role.ENQUIRY_MANAGER: VIEW},
    "procedures.edition": _page,
    "procedures.block": _page,
    "procedures.blockfigure": _page,
    "procedures.figure": _page,
    "procedures.source": _page,
    "procedures.glossaryterm": _page,
    "procedures.illustration": _page,
    "procedures.video": _page,
    "procedures.avoidedword": _page,
    "procedures.synonym": _page | {Role.DIRECTORY_EDITOR: ALL},
    "procedures.leaflet": dict.fromkeys(_page, VIEW),
    "procedures.previewlink": _page | {Role.CONTENT_EDITOR: EDIT, Role.ADMINISTRATOR: EDIT},
    "procedures.task": _page | {Role.CONTENT_EDITOR: CHANGE, Role.ADMINISTRATOR: CHANGE},
    "procedures.reviewer": dict.fromkeys(_page, VIEW) | {Role.ADMINISTRATOR: EDIT},
    # To add one is to sign off, which takes a reviewer's record as well; to change one is to take back another's.
    "procedures.signoff": dict.fromkeys(_page, VIEW)
    | {Role.CLINICAL_REVIEWER: ADD, Role.ADMINISTRATOR: CHANGE},
    # What warns of danger is reworded, and never deleted.
    "procedures.redflagcard": _page | {Role.CONTENT_EDITOR: VIEW, Role.ADMINISTRATOR: EDIT},
    "procedures.hospital": _directory,
    "procedures.openinghours": _directory,
    "procedures.closure": _directory,
    "procedures.offering": _directory,
    "consultants.consultant": _directory,
    "consultants.practice": _directory,
    "consultants.procedurecount": _directory,
    # To add one is to ask a secretary, to change one is to decide on their corrections.
    "consultants.reconfirmation": {Role.DIRECTORY_EDITOR: EDIT, Role.ADMINISTRATOR: EDIT},
    # To oversee is to see how a hospital's team does, to export its requests, and to answer who asks for a copy of
    # what we hold, or that we delete it. Tries and notes go with their request.
    "enquiries.enquiry": {
        Role.ENQUIRY_HANDLER: CHANGE,
        Role.ENQUIRY_MANAGER: CHANGE | {"oversee", "hold"},
    },
    "enquiries.callwindow": {Role.ENQUIRY_HANDLER: VIEW, Role.ENQUIRY_MANAGER: ALL},
    "enquiries.outgoingmail": dict.fromkeys((Role.ENQUIRY_MANAGER, Role.ADMINISTRATOR), VIEW | {"retry"}),
    "enquiries.reading": {Role.ENQUIRY_MANAGER: VIEW, Role.ADMINISTRATOR: VIEW},
    "enquiries.deletion": {Role.ADMINISTRATOR: VIEW},
    # To change it is to let mail leave from a copy of the database.
    "enquiries.mailfence": {Role.ADMINISTRATOR: CHANGE},
    # What is promised, kept and agreed to is the administrator's. To add a wording is to put it in force.
    "enquiries.servicepolicy": {Role.ENQUIRY_MANAGER: VIEW, Role.ADMINISTRATOR: CHANGE},
    "enquiries.consentwording": {Role.ENQUIRY_MANAGER: VIEW, Role.ADMINISTRATOR: ADD},
    # What the mails say is the manager's, who hears what patients make of them.
    "enquiries.mailtext": {Role.ENQUIRY_MANAGER: CHANGE, Role.ADMINISTRATOR: VIEW},
    "enquiries.teammember": {Role.ENQUIRY_MANAGER: VIEW, Role.ADMINISTRATOR: ALL},
    # What every page says at its head and foot, for whoever keeps the hospitals' own numbers.
    "kyphoplasty_site.sitesettings": {Role.DIRECTORY_EDITOR: CHANGE, Role.ADMINISTRATOR: CHANGE},
    "auth.user": {Role.ADMINISTRATOR: EDIT},
    "auth.group": {Role.ADMINISTRATOR: VIEW},
}

# What one press may do with the rows that are ticked in a list, and what of MODELS it asks for.
PRESSES: dict[str, dict[str, str]] = {
    "procedures.task": {"mark_done": "change"},
    "consultants.consultant": dict.fromkeys(
        ("confirm_practices", "list_them", "unlist_them", "merge_two"), "change"
    ),
    "consultants.practice": {"confirm_today": "change"},
    "enquiries.outgoingmail": {"try_again": "retry"},
}


@dataclass(frozen=True)
class Row:
    """Who may read an address (GET, HEAD) and who may post to it. Nobody: the method is refused with 405.

    A desk page about rows, such as its search, is held to those who may see the rows it is asked for.
    """

    read: frozenset[str] = NOBODY
    post: frozenset[str] = NOBODY


READING = Row(read=EVERYONE)
_readers = frozenset(_page)  # of the pages' desk
_editors = frozenset({Role.CONTENT_EDITOR, Role.ADMINISTRATOR})
_signers = frozenset({Role.CLINICAL_REVIEWER})
_keepers = frozenset({Role.DIRECTORY_EDITOR, Role.ADMINISTRATOR})  # of the directory
_answerers = frozenset({Role.ENQUIRY_HANDLER, Role.ENQUIRY_MANAGER})
_overseers = frozenset({Role.ENQUIRY_MANAGER})
_setters = _keepers | _overseers  # of what the hospital sets itself
_takers_back = _signers | {Role.ADMINISTRATOR}
ADDRESSES: dict[str, Row] = {
    "home": READING,
    "search": READING,
    "privacy": READING,
    "accessibility": READING,
    "sitemap": READING,
    "sitemap_part": READING,
    "robots": READING,
    "security_txt": READING,
    "healthz": READING,
    "readyz": READING,
    "media": READING,
    "procedures:procedure_list": READING,
    "procedures:procedure_detail": READING,
    "procedures:change_list": READING,
    "procedures:edition_detail": READING,
    "procedures:visit_sheet": READING,
    "procedures:for_your_gp": READING,
    "procedures:preview": READING,
    "procedures:leaflet": READING,
    "procedures:leaflet_check": READING,
    "procedures:leaflet_find": READING,
    "procedures:hospital_list": READING,
    "procedures:hospital_detail": READING,
    "procedures:glossary": READING,
    "consultants:consultant_list": READING,
    "consultants:consultant_detail": READING,
    "consultants:confirm": Row(read=EVERYONE, post=EVERYONE),
    "enquiries:enquire": Row(read=EVERYONE, post=EVERYONE),
    "enquiries:enquire_send": Row(read=EVERYONE, post=EVERYONE),
    "enquiries:request_callback": Row(read=EVERYONE, post=EVERYONE),
    "enquiries:callback_send": Row(read=EVERYONE, post=EVERYONE),
    "enquiries:request_status": READING,
    **{
        f"enquiries:{name}": Row(read=EVERYONE, post=EVERYONE)
        for name in ("change_phone", "change_time", "withdraw", "erase")
    },
    "admin:index": Row(read=STAFF, post=STAFF),
    "admin:app_list": Row(read=ROLES, post=ROLES),
    "admin:launch_check": Row(read=STAFF),
    "admin:site_settings": Row(read=_setters),
    "admin:guide": Row(read=STAFF),
    "admin:guide_page": Row(read=STAFF),
    "admin:reviews_due": Row(read=_readers),
    "admin:reading_age": Row(post=STAFF),
    "admin:facts_to_confirm": Row(read=_keepers),
    "admin:ask_secretary": Row(post=_keepers),
    "admin:take_back_question": Row(post=_keepers),
    "admin:corrections": Row(read=_keepers, post=_keepers),
    "admin:procedures_edition_start_draft": Row(post=_editors),
    "admin:procedures_edition_compare": Row(read=_readers),
    "admin:procedures_edition_send": Row(post=_editors),
    "admin:procedures_edition_sign_off": Row(read=_signers, post=_signers),
    "admin:procedures_edition_send_back": Row(post=_signers),
    "admin:procedures_edition_take_back": Row(read=_takers_back, post=_takers_back),
    "admin:procedures_edition_publish": Row(read=_editors, post=_editors),
    "admin:procedures_edition_withdraw": Row(read=_editors, post=_editors),
    "admin:procedures_edition_preview": Row(read=_readers, post=_editors),
    "admin:procedures_edition_preview_page": Row(read=_readers),
    "admin:procedures_edition_preview_leaflet": Row(read=_readers),
    "admin:procedures_edition_revoke_preview": Row(post=_editors),
    "admin:consultants_consultant_import": Row(read=_keepers, post=_keepers),
    "admin:consultants_consultant_export": Row(read=_keepers, post=_keepers),
    "admin:consultants_consultant_duplicates": Row(read=_keepers),
    "admin:consultants_consultant_merge": Row(read=_keepers, post=_keepers),
    "admin:enquiries_enquiry_take_next": Row(post=_answerers),
    "admin:enquiries_enquiry_find": Row(post=_answerers),
    "admin:enquiries_enquiry_service": Row(read=_overseers),
    "admin:enquiries_enquiry_export": Row(read=_overseers, post=_overseers),
    "admin:enquiries_enquiry_held": Row(read=_overseers, post=_overseers),
    "admin:enquiries_enquiry_copy": Row(post=_overseers),
    "admin:enquiries_enquiry_erase": Row(post=_overseers),
    "admin:enquiries_enquiry_legal_hold": Row(
        read=frozenset({Role.ENQUIRY_MANAGER}), post=frozenset({Role.ENQUIRY_MANAGER})
    ),
    "admin:login": Row(read=EVERYONE, post=EVERYONE),
    "admin:logout": Row(read=EVERYONE, post=EVERYONE),
    **{
        name: Row(read=EVERYONE, post=EVERYONE)
        for name in (
            *("account_login", "account_logout", "mfa_authenticate", "mfa_login_webauthn"),
            *("account_reset_password", "account_reset_password_from_key", "account_passkey_from_key"),
        )
    },
    "account_reset_password_done": READING,
    "account_reset_password_from_key_done": READING,
    # One's own account alone.
    "account_home": Row(read=STAFF),
    "account_second_factor": Row(read=STAFF),
    "account_stay": Row(read=STAFF),
    **{
        name: Row(read=STAFF, post=STAFF)
        for name in (
            *(
                "account_sessions",
                "account_reauthenticate",
                "account_change_password",
                "account_set_password",
            ),
            *("mfa_reauthenticate", "mfa_reauthenticate_webauthn", "mfa_generate_recovery_codes"),
            *("mfa_activate_totp", "mfa_deactivate_totp", "mfa_add_webauthn", "mfa_remove_webauthn"),
            *("mfa_index", "mfa_list_webauthn"),
        )
    },
    "mfa_view_recovery_codes": Row(read=STAFF),
    "admin:autocomplete": Row(read=ROLES),
    "admin:jsi18n": Row(read=STAFF),
    "admin:view_on_site": Row(read=ROLES),
    "admin:auth_user_sign_in": Row(
        read=frozenset({Role.ADMINISTRATOR}), post=frozenset({Role.ADMINISTRATOR})
    ),
}

# What each of Django's pages for a model asks of the visitor: to read it, and to post to it.
MODEL_PAGES = {
    "changelist": ({"view", "change"}, {"view", "change"}),
    "add": ({"add"}, {"add"}),
    "history": ({"view", "change"}, {"view", "change"}),
    "delete": ({"delete"}, {"delete"}),
    "change": ({"view", "change"}, {"change"}),
    # Ours, where the desk keeps a row's history.
    "put_back": ({"change"}, {"change"}),
    "deleted": ({"add"}, set()),
}


@dataclass(frozen=True)
class Address:
    """An address of the site: its name, its route, and who may do what there."""

    name: str
    route: str
    row: Row | None


def addresses() -> Iterator[Address]:
    """Every named address, in the order of the URL configuration. `row` is None where nobody has written one."""
    for name, route in _named_routes(get_resolver(), "", ""):
        yield Address(name, route, ADDRESSES.get(name) or _model_row(name))


def pressers(name: str) -> dict[str, frozenset[str]]:
    """Who may do what with the rows of the list at that address, by its name."""
    for label, presses in PRESSES.items():
        if name == f"admin:{label.replace('.', '_')}_changelist":
            roles = MODELS[label].items()
            return {
                press: frozenset(role for role, may in roles if asked in may)
                for press, asked in presses.items()
            }
    return {}


def _named_routes(resolver: URLResolver, prefix: str, route: str) -> Iterator[tuple[str, str]]:
    for pattern in resolver.url_patterns:
        here = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            space = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from _named_routes(pattern, space, here)
        elif pattern.name:  # the admin's own catch-alls have none: they answer 404 or send an old address on
            yield f"{prefix}{pattern.name}", here


def _model_row(name: str) -> Row | None:
    """The row of one of Django's own admin pages for a model, from MODELS."""
    for label, roles in MODELS.items():
        for page, (to_read, to_post) in MODEL_PAGES.items():
            if name == f"admin:{label.replace('.', '_')}_{page}":
                return Row(
                    *(
                        frozenset(role for role, may in roles.items() if may & asked)
                        for asked in (to_read, to_post)
                    )
                )
    return None
