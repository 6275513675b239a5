"""The addresses of an account. Of allauth's own we have those staff need: nobody signs up here or keeps several emails."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from django.contrib.auth.decorators import login_required
from django.urls import path
from django.views.generic import RedirectView

from kyphoplasty_site.accounts import views

to_my_account = login_required(RedirectView.as_view(pattern_name="account_home"))

urlpatterns = [
    path("", views.account_home, name="account_home"),
    path("login/", account.login, name="account_login"),
    path("logout/", views.account_logout, name="account_logout"),
    path("second-factor/", views.account_second_factor, name="account_second_factor"),
    path("sessions/", views.account_sessions, name="account_sessions"),
    path("stay/", views.account_stay, name="account_stay"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("password/set/", login_required(account.password_set), name="account_set_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    path(
        "password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path(
        "password/reset/key/<slug:uidb36>/passkey/",
        views.account_passkey_from_key,
        name="account_passkey_from_key",
    ),
    path(
        "password/reset/key/<slug:uidb36>/<str:key>/",
        views.starting_anew(account.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path("2fa/", to_my_account, name="mfa_index"),
    path("2fa/authenticate/", views.with_factor(mfa.authenticate), name="mfa_authenticate"),
    path("2fa/reauthenticate/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("2fa/app/", views.setting_up(totp.activate_totp), name="mfa_activate_totp"),
    path("2fa/app/remove/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("2fa/codes/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("2fa/codes/new/", codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("2fa/passkeys/", to_my_account, name="mfa_list_webauthn"),
    path("2fa/passkeys/add/", views.setting_up(passkeys.add_webauthn), name="mfa_add_webauthn"),
    path("2fa/passkeys/login/", passkeys.login_webauthn, name="mfa_login_webauthn"),
    path(
        "2fa/passkeys/reauthenticate/", passkeys.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"
    ),
    path(
        "2fa/passkeys/<int:pk>/remove/",
        login_required(views.keeping_one(passkeys.remove_webauthn)),
        name="mfa_remove_webauthn",
    ),
]
