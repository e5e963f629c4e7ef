---@brief
---
--- https://github.com/plansmith/plansmith
---
--- Language server for plans written in Markdown: outline with progress, completion, rename, checkbox actions, and
--- diagnostics for contradictions within and between plans.
---
--- Install it with `pip install plansmith`, `npm install -g plansmith` or `cargo install plansmith`.

---@type vim.lsp.Config
return {
  cmd = { 'plansmith', 'server' },
  filetypes = { 'markdown' },
  root_markers = { 'plansmith.toml', '.plansmith', '.git' },
}
