--- Snippet completion for Neovim 0.10, whose completion inserts snippets as plain text.
local M = {}

--- Replaces the completed item with its snippet. Called on `CompleteDone`.
function M.expand_snippet()
  local completed = vim.v.completed_item
  local item = vim.tbl_get(completed, 'user_data', 'nvim', 'lsp', 'completion_item') ---@type lsp.CompletionItem?
  if not item or not completed.word or vim.v.event.reason == 'cancel' then return end
  if item.insertTextFormat ~= vim.lsp.protocol.InsertTextFormat.Snippet then return end
  local client = require('plansmith.server').client(vim.api.nvim_get_current_buf())
  local snippet = item.textEdit and item.textEdit.newText or item.insertText
  if not client or not snippet then return end
  local row, column = unpack(vim.api.nvim_win_get_cursor(0))
  local start = column - #completed.word
  if start < 0 or vim.api.nvim_get_current_line():sub(start + 1, column) ~= completed.word:gsub('\n', '\0') then return end
  vim.api.nvim_buf_set_text(0, row - 1, start, row - 1, column, { '' })
  -- During `CompleteDone`, completion still controls the cursor.
  vim.schedule(function() vim.snippet.expand(snippet) end)
end

return M
