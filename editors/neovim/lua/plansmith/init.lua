--- Public functions of the Plansmith plugin. This module is stable; the other modules are internal.
local M = {}

--- Starts the server for Markdown files. `vim.lsp.enable('plansmith')` can be used instead.
---@param options? plansmith.Options
function M.setup(options)
  require('plansmith.config').extend(options)
  require('plansmith.start').enable()
end

--- Returns progress and next task of the plan, e.g. `6/13 → 2.1`; empty for buffers without a plan.
---@param buffer? integer
---@return string
function M.statusline(buffer) return require('plansmith.statusline').text(buffer) end

--- Returns the same data as a table, for custom statuslines.
---@param buffer? integer
---@return plansmith.Progress?
function M.progress(buffer) return require('plansmith.statusline').progress(buffer) end

--- Changes settings while the server is running: `configure({ hints = { dependencies = true } })`.
---@param settings table content of the section `plansmith`; see docs/settings.md
function M.configure(settings)
  local options = { settings = { plansmith = settings } }
  require('plansmith.config').extend(options)
  if vim.lsp.config then vim.lsp.config('plansmith', options) end
  for _, client in ipairs(vim.lsp.get_clients({ name = 'plansmith' })) do
    client.settings = vim.tbl_deep_extend('force', client.settings or {}, options.settings)
    client.config.settings = client.settings
    local params = { settings = client.settings }
    if vim.fn.has('nvim-0.11') == 1 then
      client:notify('workspace/didChangeConfiguration', params)
    else
      client.notify('workspace/didChangeConfiguration', params)
    end
  end
end

--- Opens a picker.
---@param list? string "tasks" (default), "all_tasks", "plans" or "outline"
---@param options? table `picker`: "snacks", "telescope", "fzf-lua" or "select"; the others are passed to the picker
function M.pick(list, options) require('plansmith.pick').pick(list, options) end

--- Restarts the server.
function M.restart() require('plansmith.start').restart() end

return M
