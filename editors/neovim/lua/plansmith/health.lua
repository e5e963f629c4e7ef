--- `:checkhealth plansmith`
local M = {}

---@param command string[]
---@return string? output, string? problem
local function run(command)
  local started, process = pcall(vim.system, command, { text = true })
  if not started then return nil, tostring(process) end
  local ended = process:wait(5000)
  if ended.code ~= 0 then return nil, vim.trim(ended.stderr or '') end
  return vim.trim(ended.stdout or '')
end

local function check_server(options)
  local program = options.cmd[1]
  if vim.fn.executable(program) == 0 then
    vim.health.error(('the server `%s` is not to be found'):format(program), {
      'Install it: `cargo install --path crates/plansmith` in a clone of Plansmith',
      'Or name it: `require("plansmith").setup({ cmd = { "/path/to/plansmith", "server" } })`',
    })
    return
  end
  local version, problem = run({ program, '--version' })
  if version then
    vim.health.ok(('%s: %s'):format(vim.fn.exepath(program), version))
  else
    vim.health.error(('%s does not start'):format(vim.fn.exepath(program)), { problem })
  end
end

local function check_clients()
  local clients = vim.lsp.get_clients({ name = 'plansmith' })
  if #clients == 0 then
    local advice = vim.lsp.config and "Call `vim.lsp.enable('plansmith')` or `require('plansmith').setup()`, and open a Markdown file"
      or 'Open a Markdown file'
    vim.health.info('no server runs at the moment: ' .. advice)
  end
  for _, client in ipairs(clients) do
    local buffers = vim.tbl_keys(client.attached_buffers)
    vim.health.ok(('serves %d buffers of %s'):format(#buffers, client.config.root_dir or 'single files'))
    local root = client.config.root_dir
    local file = root and vim.fs.joinpath(root, 'plansmith.toml')
    if file and vim.uv.fs_stat(file) then vim.health.info('settings of the project: ' .. file) end
    for _, buffer in ipairs(buffers) do
      for _, other in ipairs(vim.lsp.get_clients({ bufnr = buffer })) do
        if vim.tbl_contains({ 'marksman', 'markdown_oxide', 'iwes', 'zk' }, other.name) then
          vim.health.info(('%s serves %s too; what both do can be left to it by `plansmith.markdown = "off"`'):format(
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
    vim.health.error('Neovim 0.10 or later is needed')
    return
  end
  local options = require('plansmith.config').resolved()
  check_server(options)
  check_clients()
  if vim.fn.exists(':PlanToggle') == 0 then
    vim.health.warn('the commands are missing', { 'Put the whole folder editors/neovim on the runtime path, not only its lsp/' })
  end
  if vim.lsp.config and vim.fn.has('nvim-0.12') == 1 and not vim.lsp.is_enabled('plansmith') then
    vim.health.info("not enabled: `vim.lsp.enable('plansmith')`")
  end
end

return M
