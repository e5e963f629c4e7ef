-- Plansmith, the language server for plans in Markdown.
-- For `vim.lsp.enable('plansmith')`, Neovim 0.11 and later, with this folder's parent on the runtime path.
-- Needs nothing of the rest of the plugin, so that it can be taken alone.
return {
  cmd = { 'plansmith', 'server' },
  filetypes = { 'markdown' },
  root_markers = { 'plansmith.toml', '.plansmith', '.git' },
  settings = { plansmith = vim.empty_dict() },
}
