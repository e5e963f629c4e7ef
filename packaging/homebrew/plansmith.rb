# frozen_string_literal: true

# Installs the released program for macOS and Linux.
class Plansmith < Formula
  desc "Language server and command-line tool for plans written in Markdown"
  homepage "https://github.com/plansmith/plansmith"
  version "@VERSION@"
  license any_of: ["MIT", "Apache-2.0"]

  on_macos do
    on_arm do
      url "https://github.com/plansmith/plansmith/releases/download/v@VERSION@/plansmith-@VERSION@-aarch64-apple-darwin.tar.gz"
      sha256 "@SHA256 aarch64-apple-darwin@"
    end
    on_intel do
      url "https://github.com/plansmith/plansmith/releases/download/v@VERSION@/plansmith-@VERSION@-x86_64-apple-darwin.tar.gz"
      sha256 "@SHA256 x86_64-apple-darwin@"
    end
  end

  on_linux do
    on_arm do
      url "https://github.com/plansmith/plansmith/releases/download/v@VERSION@/plansmith-@VERSION@-aarch64-unknown-linux-gnu.tar.gz"
      sha256 "@SHA256 aarch64-unknown-linux-gnu@"
    end
    on_intel do
      url "https://github.com/plansmith/plansmith/releases/download/v@VERSION@/plansmith-@VERSION@-x86_64-unknown-linux-gnu.tar.gz"
      sha256 "@SHA256 x86_64-unknown-linux-gnu@"
    end
  end

  def install
    bin.install "plansmith"
  end

  test do
    (testpath/"plan.md").write <<~MARKDOWN
      # Plan

      **Status**: Completed

      ## Phase 1: Start

      - [ ] **Task 1.1**: Write the plan
    MARKDOWN
    assert_match "status-open-tasks", shell_output("#{bin}/plansmith check plan.md --exit-zero")
  end
end
