"""The service: a Django project over the packages above it. One app a noun; pages and API are apart from the apps they show."""
