--- `:checkhealth plansmith`
local M = {}

---@param command string[]
---@return string? output, string? problem
local function run(command)
  local started, process = pcall(vim.system, command, { text = true })
  if not started then return nil, tostring(process) end
  local result = process:wait(5000)
  if result.code ~= 0 then return nil, vim.trim(result.stderr or '') end
  return vim.trim(result.stdout or '')
end

local function check_server(options)
  local program = options.cmd[1]
  if vim.fn.executable(program) == 0 then
    vim.health.error(('server `%s` not found'):format(program), {
      'Install it: `cargo install --path crates/plansmith` in a clone of Plansmith',
      'Or set its path: `require("plansmith").setup({ cmd = { "/path/to/plansmith", "server" } })`',
    })
    return
  end
  local version, problem = run({ program, '--version' })
  if version then
    vim.health.ok(('%s: %s'):format(vim.fn.exepath(program), version))
  else
    vim.health.error(('cannot start %s'):format(vim.fn.exepath(program)), { problem })
  end
end

local function check_clients()
  local clients = vim.lsp.get_clients({ name = 'plansmith' })
  if #clients == 0 then
    local advice = vim.lsp.config and "call `vim.lsp.enable('plansmith')` or `require('plansmith').setup()`, and open a Markdown file"
      or 'open a Markdown file'
    vim.health.info('server not running: ' .. advice)
  end
  for _, client in ipairs(clients) do
    local buffers = vim.tbl_keys(client.attached_buffers)
    local noun = #buffers == 1 and 'buffer' or 'buffers'
    vim.health.ok(('server running for %d %s, root: %s'):format(#buffers, noun, client.config.root_dir or 'none (single files)'))
    local root = client.config.root_dir
    local file = root and vim.fs.joinpath(root, 'plansmith.toml')
    if file and vim.uv.fs_stat(file) then vim.health.info('project settings: ' .. file) end
    for _, buffer in ipairs(buffers) do
      for _, other in ipairs(vim.lsp.get_clients({ bufnr = buffer })) do
        if vim.tbl_contains({ 'marksman', 'markdown_oxide', 'iwes', 'zk' }, other.name) then
          vim.health.info(('%s is attached to %s too; set `plansmith.markdown = "off"` to leave generic Markdown features to it'):format(
            other.name,
            vim.fn.fnamemodify(vim.api.nvim_buf_get_name(buffer), ':~:.')
          ))
        end
      end
    end
  end
end

function M.check()
  vim.health.start('plansmith')
  if vim.fn.has('nvim-0.10') == 0 then
    vim.health.error('Neovim 0.10 or later is required')
    return
  end
  local options = require('plansmith.config').resolved()
  check_server(options)
  check_clients()
  if vim.fn.exists(':PlanToggle') == 0 then
    vim.health.warn('commands not found', { 'Add the whole folder editors/neovim to the runtime path, not only its lsp/' })
  end
  if vim.lsp.config and vim.fn.has('nvim-0.12') == 1 and not vim.lsp.is_enabled('plansmith') then
    vim.health.info("not enabled: call `vim.lsp.enable('plansmith')`")
  end
end

return M
