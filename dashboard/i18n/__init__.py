"""i18n of the screens."""
