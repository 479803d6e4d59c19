"""Static files under names that change with their content, those that a module imports as well."""

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage


class HashedModules(ManifestStaticFilesStorage):
    """Without it, a new `live.js` would import the `realtime.js` that a browser still has."""

    support_js_module_import_aggregation = True
