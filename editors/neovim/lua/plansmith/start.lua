--- Starts the server for buffers: by Neovim itself since 0.11, by an autocommand in 0.10.
local config = require('plansmith.config')
local M = {}

--- Whether a buffer is a file, and not a hover, a preview or a page of help.
---@param buffer integer
---@return boolean
local function is_file(buffer)
  return vim.api.nvim_buf_is_loaded(buffer) and vim.bo[buffer].buftype == '' and vim.api.nvim_buf_get_name(buffer) ~= ''
end

--- What `vim.lsp.start` is told.
---@param root string?
---@return vim.lsp.ClientConfig
local function client_config(root)
  local options = vim.tbl_extend('force', {}, config.resolved()) --[[@as table]]
  options.name, options.filetypes, options.root_markers, options.root_dir = 'plansmith', nil, nil, root
  if vim.fn.has('nvim-0.11') == 0 and not options.capabilities then
    local capabilities = vim.lsp.protocol.make_client_capabilities()
    -- 0.10 cannot be told to ask for diagnostics again when those of an unchanged file are others; so they are sent.
    capabilities.textDocument.diagnostic = nil
    -- See completion.lua.
    capabilities.textDocument.completion.completionItem.snippetSupport = true
    options.capabilities = capabilities
  end
  return options
end

--- Starts the server for one buffer, or attaches the one that its project has.
---@param buffer integer
---@return integer? client
function M.buffer(buffer)
  local options = config.resolved()
  if not is_file(buffer) or not vim.tbl_contains(options.filetypes, vim.bo[buffer].filetype) then return end
  return vim.lsp.start(client_config(vim.fs.root(buffer, options.root_markers)), { bufnr = buffer })
end

--- Starts the server without a buffer, for commands that need none.
---@return integer? client
function M.alone()
  local folder = vim.uv.cwd() or '.'
  local start = client_config(vim.fs.root(folder, config.resolved().root_markers) or folder)
  if vim.fn.has('nvim-0.11') == 1 then return vim.lsp.start(start, { attach = false }) end
  return vim.lsp.start_client(start)
end

--- Starts the server wherever a plan may be opened, and for what is open already.
function M.everywhere()
  if vim.lsp.config then
    vim.lsp.config('plansmith', config.own() --[[@as vim.lsp.Config]])
    vim.lsp.enable('plansmith')
    return
  end
  vim.api.nvim_create_autocmd('FileType', {
    group = vim.api.nvim_create_augroup('plansmith.start', {}),
    pattern = config.resolved().filetypes,
    callback = function(event) M.buffer(event.buf) end,
  })
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    M.buffer(buffer)
  end
end

--- Ends all servers and starts them again for the buffers that they served.
function M.again()
  local buffers = {} ---@type table<integer, true>
  local clients = vim.lsp.get_clients({ name = 'plansmith' })
  for _, client in ipairs(clients) do
    for buffer in pairs(client.attached_buffers) do buffers[buffer] = true end
    if vim.fn.has('nvim-0.11') == 1 then client:stop() else client.stop() end
  end
  -- A server that has crashed has left its buffers behind: every plan that is open counts.
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    if is_file(buffer) then buffers[buffer] = true end
  end
  local function running()
    return vim.iter(clients):any(function(client)
      if vim.fn.has('nvim-0.11') == 1 then return not client:is_stopped() end
      return not client.is_stopped()
    end)
  end
  local timer, waited = assert(vim.uv.new_timer()), 0
  timer:start(0, 50, vim.schedule_wrap(function()
    if not timer:is_active() then return end
    waited = waited + 50
    if running() and waited < 3000 then return end
    timer:stop()
    timer:close()
    -- Attaches what is open too.
    if vim.lsp.config then return vim.lsp.enable('plansmith') end
    for buffer in pairs(buffers) do
      if vim.api.nvim_buf_is_valid(buffer) then M.buffer(buffer) end
    end
  end))
end

return M
