{
  lib,
  rustPlatform,
  fetchFromGitHub,
  versionCheckHook,
}:

rustPlatform.buildRustPackage (finalAttrs: {
  pname = "plansmith";
  version = "@VERSION@";

  src = fetchFromGitHub {
    owner = "plansmith";
    repo = "plansmith";
    tag = "v${finalAttrs.version}";
    # The build prints both hashes: insert them.
    hash = lib.fakeHash;
  };

  cargoHash = lib.fakeHash;

  cargoBuildFlags = [
    "--package"
    "plansmith"
  ];
  # The other tests start editors and need git, chromium or real plans.
  cargoTestFlags = [
    "--package"
    "plansmith"
    "--lib"
  ];

  nativeInstallCheckInputs = [ versionCheckHook ];
  doInstallCheck = true;

  meta = {
    description = "Language server and command-line tool for plans written in Markdown";
    homepage = "https://github.com/plansmith/plansmith";
    changelog = "https://github.com/plansmith/plansmith/blob/v${finalAttrs.version}/CHANGELOG.md";
    license = with lib.licenses; [
      mit
      asl20
    ];
    maintainers = [ ];
    mainProgram = "plansmith";
  };
})
