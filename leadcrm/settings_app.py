"""Names our site as the admin's; apart from the site itself, which needs the models loaded."""

from django.contrib.admin.apps import AdminConfig


class SettingsConfig(AdminConfig):
    """django.contrib.admin with our site as the default one."""

    default_site = "leadcrm.settings_site.SettingsSite"
