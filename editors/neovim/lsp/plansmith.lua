-- Plansmith, the language server for plans in Markdown.
-- For `vim.lsp.enable('plansmith')`, Neovim 0.11 and later, with this folder's parent on the runtime path.
return {
  cmd = { 'plansmith', 'server' },
  filetypes = { 'markdown' },
  root_markers = { 'plansmith.toml', '.git' },
}
