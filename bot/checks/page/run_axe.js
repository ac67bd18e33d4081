// What axe-core, which has to be there, finds against its `rules`.
async (rules) => {
  const options = { runOnly: rules, resultTypes: ["violations"], elementRef: false };
  const { violations } = await axe.run(document, options);
  return violations.map((one) => ({
    help: one.help,
    impact: one.impact,
    id: one.id,
    targets: one.nodes.slice(0, 3).map((node) => node.target.join(" ")),
    advice: (one.nodes[0]?.failureSummary ?? "").split("\n").slice(1, 2).join("").trim(),
  }));
}
