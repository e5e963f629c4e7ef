// The protocol calls the client's ability to be asked for a refresh of diagnostics `workspace.diagnostics`; the server's
// library reads it as `workspace.diagnostic`. Said under both names it is understood, and findings follow a change of settings.

import { ClientCapabilities, FeatureState, StaticFeature } from "vscode-languageclient/node";

export const diagnosticRefresh: StaticFeature = {
  fillClientCapabilities(capabilities: ClientCapabilities) {
    Object.assign((capabilities.workspace ??= {}), { diagnostic: { refreshSupport: true } });
  },
  initialize() {
    // Only what is announced differs.
  },
  getState(): FeatureState {
    return { kind: "static" };
  },
  clear() {
    // Nothing is held.
  },
};
