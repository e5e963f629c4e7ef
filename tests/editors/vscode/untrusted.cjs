// An untrusted workspace: plans are checked, but the server program in the workspace's settings is not run.

const { existsSync } = require("node:fs");

exports.untrusted = async (vscode, test) => {
  const [folder] = vscode.workspace.workspaceFolders;
  test.check("untrusted: the workspace is not trusted", !vscode.workspace.isTrusted);
  const uri = vscode.Uri.joinPath(folder.uri, "broken.md");
  await vscode.window.showTextDocument(uri);
  const hasDiagnostics = await test.until(() => vscode.languages.getDiagnostics(uri).some(({ source }) => source === "plansmith"));
  test.check("untrusted: plans are checked", hasDiagnostics, vscode.languages.getDiagnostics(uri));
  test.check("untrusted: the workspace's program is not run", !existsSync(process.env.EVIL));
};
