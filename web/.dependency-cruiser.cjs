/** Imports go routes → features → {api, ui} → lib; a feature does not import a feature. */
const only = (name, from, to, comment) => ({ name, severity: "error", comment, from: { path: from }, to: { path: to } });

module.exports = {
  forbidden: [
    { name: "no-circles", severity: "error", from: { path: "^src", pathNot: "routeTree\\.gen" }, to: { circular: true, pathNot: "routeTree\\.gen" } },
    {
      name: "features-are-apart",
      severity: "error",
      comment: "What two features need belongs to ui, api or lib.",
      from: { path: "^src/features/([^/]+)/" },
      to: { path: "^src/features/", pathNot: "^src/features/$1/" },
    },
    only("features-below-routes", "^src/features", "^src/routes", "A feature is composed by a route and knows none."),
    only("api-below-features", "^src/api", "^src/(routes|features|ui)", "The API layer shows nothing."),
    only("ui-is-neutral", "^src/ui", "^src/(routes|features|api)", "A primitive knows neither the routes nor the server."),
    only("lib-is-the-bottom", "^src/lib", "^src/(routes|features|api|ui|i18n)", "The bottom layer imports nothing above it."),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
  },
};
