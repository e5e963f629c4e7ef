--- Starts and restarts the server: with `vim.lsp.enable` in Neovim 0.11 and later, with an autocommand in 0.10.
local config = require('plansmith.config')
local M = {}

--- Returns whether a buffer is a file, not a hover window, a preview or a help page.
---@param buffer integer
---@return boolean
local function is_file(buffer)
  return vim.api.nvim_buf_is_loaded(buffer) and vim.bo[buffer].buftype == '' and vim.api.nvim_buf_get_name(buffer) ~= ''
end

--- Returns the configuration for `vim.lsp.start`.
---@param root string?
---@return vim.lsp.ClientConfig
local function client_config(root)
  local options = vim.tbl_extend('force', {}, config.resolved()) --[[@as table]]
  options.name, options.filetypes, options.root_markers, options.root_dir = 'plansmith', nil, nil, root
  if vim.fn.has('nvim-0.11') == 0 and not options.capabilities then
    local capabilities = vim.lsp.protocol.make_client_capabilities()
    -- Neovim 0.10 does not support refreshing pulled diagnostics, so the server has to publish them.
    capabilities.textDocument.diagnostic = nil
    -- See completion.lua.
    capabilities.textDocument.completion.completionItem.snippetSupport = true
    options.capabilities = capabilities
  end
  return options
end

--- Attaches a buffer to the server of its project, which is started if necessary. Returns nil for other buffers than
--- files of the configured types.
---@param buffer integer
---@return integer? client
function M.attach(buffer)
  local options = config.resolved()
  if not is_file(buffer) or not vim.tbl_contains(options.filetypes, vim.bo[buffer].filetype) then return end
  return vim.lsp.start(client_config(vim.fs.root(buffer, options.root_markers)), { bufnr = buffer })
end

--- Starts the server without a buffer, for commands that do not need one.
---@return integer? client
function M.start_detached()
  local folder = vim.uv.cwd() or '.'
  local start_config = client_config(vim.fs.root(folder, config.resolved().root_markers) or folder)
  if vim.fn.has('nvim-0.11') == 1 then return vim.lsp.start(start_config, { attach = false }) end
  return vim.lsp.start_client(start_config)
end

--- Starts the server for all Markdown buffers, open ones and those opened later.
function M.enable()
  if vim.lsp.config then
    vim.lsp.config('plansmith', config.overrides() --[[@as vim.lsp.Config]])
    vim.lsp.enable('plansmith')
    return
  end
  vim.api.nvim_create_autocmd('FileType', {
    group = vim.api.nvim_create_augroup('plansmith.start', {}),
    pattern = config.resolved().filetypes,
    callback = function(event) M.attach(event.buf) end,
  })
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    M.attach(buffer)
  end
end

--- Stops all servers and starts them again for their buffers.
function M.restart()
  local buffers = {} ---@type table<integer, true>
  local clients = vim.lsp.get_clients({ name = 'plansmith' })
  for _, client in ipairs(clients) do
    for buffer in pairs(client.attached_buffers) do buffers[buffer] = true end
    if vim.fn.has('nvim-0.11') == 1 then client:stop() else client.stop() end
  end
  -- The buffers of a crashed server are no longer known, so all open files are attached again.
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    if is_file(buffer) then buffers[buffer] = true end
  end
  local function is_running()
    return vim.iter(clients):any(function(client)
      if vim.fn.has('nvim-0.11') == 1 then return not client:is_stopped() end
      return not client.is_stopped()
    end)
  end
  local timer, waited = assert(vim.uv.new_timer()), 0
  timer:start(0, 50, vim.schedule_wrap(function()
    if not timer:is_active() then return end
    waited = waited + 50
    if is_running() and waited < 3000 then return end
    timer:stop()
    timer:close()
    -- This attaches open buffers too.
    if vim.lsp.config then return vim.lsp.enable('plansmith') end
    for buffer in pairs(buffers) do
      if vim.api.nvim_buf_is_valid(buffer) then M.attach(buffer) end
    end
  end))
end

return M
