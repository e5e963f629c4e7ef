--- The mapping `gO` in Markdown buffers. It shows the outline of plans, and keeps its previous action in other
--- documents.
local M = {}

--- Defines the mapping, unless the user has one or has set `vim.g.plansmith_outline_mapping` to false.
---@param buffer integer
function M.define(buffer)
  if vim.g.plansmith_outline_mapping == false or not vim.api.nvim_buf_is_valid(buffer) then return end
  if not require('plansmith.server').client(buffer) then return end
  vim.api.nvim_buf_call(buffer, function()
    local existing = vim.fn.maparg('gO', 'n', false, true)
    local is_local = existing.buffer == 1
    -- Neovim's own mapping calls a function of its runtime; a mapping with another source belongs to the user.
    if is_local and existing.callback then
      local source = vim.uv.fs_realpath(debug.getinfo(existing.callback, 'S').source:sub(2))
      local runtime = vim.uv.fs_realpath(vim.env.VIMRUNTIME)
      if not source or not runtime or not vim.startswith(source, runtime) then return end
    elseif is_local then
      return
    end
    local function otherwise()
      if existing.callback then return existing.callback() end
      vim.lsp.buf.document_symbol()
    end
    vim.keymap.set('n', 'gO', function() require('plansmith.quickfix').outline(otherwise) end, {
      buffer = buffer,
      silent = true,
      desc = 'Show the outline of the plan',
    })
  end)
end

return M
