--- Plansmith in Neovim. What is here stays as it is; the other modules may change.
local M = {}

--- Starts the server wherever a plan may be opened. Optional: `vim.lsp.enable('plansmith')` does the same.
---@param options? plansmith.Options
function M.setup(options)
  require('plansmith.config').remember(options)
  require('plansmith.start').everywhere()
end

--- `6/13 → 2.1`: how far the plan is and what is next; empty for a buffer that is no plan.
---@param buffer? integer
---@return string
function M.statusline(buffer) return require('plansmith.statusline').text(buffer) end

--- The same as numbers, for statuslines that draw themselves.
---@param buffer? integer
---@return plansmith.Progress?
function M.progress(buffer) return require('plansmith.statusline').progress(buffer) end

--- Changes settings while servers run: `configure({ hints = { dependencies = true } })`.
---@param settings table what stands under `plansmith` in docs/settings.md
function M.configure(settings)
  local added = { settings = { plansmith = settings } }
  require('plansmith.config').remember(added)
  if vim.lsp.config then vim.lsp.config('plansmith', added) end
  for _, client in ipairs(vim.lsp.get_clients({ name = 'plansmith' })) do
    client.settings = vim.tbl_deep_extend('force', client.settings or {}, added.settings)
    client.config.settings = client.settings
    local params = { settings = client.settings }
    if vim.fn.has('nvim-0.11') == 1 then
      client:notify('workspace/didChangeConfiguration', params)
    else
      client.notify('workspace/didChangeConfiguration', params)
    end
  end
end

--- Ends the server and starts it anew.
function M.restart() require('plansmith.start').again() end

return M
