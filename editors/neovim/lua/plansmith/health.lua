--- `:checkhealth plansmith`
local M = {}

--- Other servers for Markdown.
local MARKDOWN_SERVERS = { 'marksman', 'markdown_oxide', 'iwes', 'zk', 'rumdl', 'vale_ls', 'ltex', 'ltex_plus' }

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
  vim.health.start('plansmith: server')
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

---@param client vim.lsp.Client
local function check_client(client)
  local buffers = vim.tbl_keys(client.attached_buffers)
  local noun = #buffers == 1 and 'buffer' or 'buffers'
  local root = client.config.root_dir
  vim.health.ok(('server running in %d %s, root: %s'):format(#buffers, noun, root or 'none (single-file mode)'))
  if not root then
    vim.health.info('no root: lists of all plans, and links across files, need `plansmith.toml`, `.plansmith` or `.git` in a parent folder')
  end
  local file = root and vim.fs.joinpath(root, 'plansmith.toml')
  if file and vim.uv.fs_stat(file) then
    vim.health.info('project settings: ' .. file)
    local buffer = vim.fn.bufnr('^' .. vim.fn.escape(file, '\\*?[{') .. '$')
    local problems = buffer > 0 and vim.diagnostic.get(buffer) or {}
    if #problems > 0 then vim.health.warn(('%s has problems'):format(file), { problems[1].message }) end
  end
  local settings = vim.tbl_get(client.settings or {}, 'plansmith')
  if settings and not vim.tbl_isempty(settings) then
    vim.health.info('settings from Neovim: ' .. vim.inspect(settings):gsub('%s+', ' '))
  end
  local others = {} ---@type table<string, true>
  for _, buffer in ipairs(buffers) do
    for _, other in ipairs(vim.lsp.get_clients({ bufnr = buffer })) do
      if vim.tbl_contains(MARKDOWN_SERVERS, other.name) then others[other.name] = true end
    end
  end
  for name in vim.spairs(others) do
    vim.health.info(('%s runs in the same buffers; set `plansmith.markdown = "off"` to leave links and headings to it'):format(name))
  end
end

local function check_clients()
  local clients = vim.lsp.get_clients({ name = 'plansmith' })
  if #clients == 0 then
    local advice = vim.lsp.config and "call `vim.lsp.enable('plansmith')` or `require('plansmith').setup()`, and open a Markdown file"
      or 'open a Markdown file'
    vim.health.info('server not running: ' .. advice)
  end
  vim.iter(clients):each(check_client)
end

--- Reports whether optional features are enabled, and how to enable them.
---@param client vim.lsp.Client?
local function check_features(client)
  vim.health.start('plansmith: features')
  local buffer = client and next(client.attached_buffers)
  local function report(is_on, name, how)
    vim.health.info(is_on and ('%s: on'):format(name) or ('%s: off; %s'):format(name, how))
  end
  if buffer then
    report(vim.lsp.inlay_hint.is_enabled({ bufnr = buffer }), 'progress after phase headings (inlay hints)', '`:lua vim.lsp.inlay_hint.enable()`')
    local lenses = vim.lsp.codelens.is_enabled and vim.lsp.codelens.is_enabled({ bufnr = buffer })
      or #vim.lsp.codelens.get(vim.fn.has('nvim-0.12') == 1 and { bufnr = buffer } or buffer) > 0
    report(
      lenses,
      'progress above the title (code lens)',
      vim.lsp.codelens.enable and '`:lua vim.lsp.codelens.enable()`' or '`:lua vim.lsp.codelens.refresh()`'
    )
    local mapping = vim.api.nvim_buf_call(buffer, function() return vim.fn.maparg('gO', 'n', false, true) end)
    local is_ours = mapping.desc == 'Show the outline of the plan'
    report(is_ours, 'outline on `gO`', 'another mapping takes precedence; use `:PlanOutline`')
  end
  local autotrigger = vim.fn.has('nvim-0.11') == 1
    and #vim.api.nvim_get_autocmds({ event = 'InsertCharPre', buffer = buffer }) > 0
    and package.loaded['vim.lsp.completion'] ~= nil
  local options = vim.split(vim.o.completeopt, ',')
  local selects = not vim.tbl_contains(options, 'noselect') and not vim.tbl_contains(options, 'noinsert')
  if autotrigger and selects then
    vim.health.warn('completion while typing inserts the first item', { "Set `vim.o.completeopt = 'menuone,noselect,popup'`" })
  elseif autotrigger then
    vim.health.ok('completion while typing: on')
  else
    local found = vim.iter({ 'blink.cmp', 'cmp', 'mini.completion', 'coq' }):find(function(name) return package.loaded[name] end)
    report(found ~= nil, 'completion while typing', 'see `:help plansmith-completion`')
  end
  local highlights = vim.api.nvim_get_hl(0, { name = 'PlansmithDone' })
  report(not vim.tbl_isempty(highlights), 'highlight groups', 'load plugin/plansmith.lua')
end

local function check_plugins()
  vim.health.start('plansmith: other plugins')
  local picker = require('plansmith.pick').default()
  vim.health.info(('picker of `:PlanPick`: %s'):format(picker == 'select' and '`vim.ui.select`' or picker))
  local viewer = require('plansmith.image').viewer()
  if viewer then
    vim.health.info(('`:PlanGraph svg` shows the image in the terminal, with %s'):format(viewer))
  else
    vim.health.info("`:PlanGraph svg` opens the system's image viewer; install snacks.image or image.nvim to show the image in the terminal")
  end
  if package.loaded['render-markdown'] then
    vim.health.info('render-markdown is loaded; `:help plansmith-render-markdown` shows checkboxes for all states')
  end
end

function M.check()
  vim.health.start('plansmith: Neovim')
  if vim.fn.has('nvim-0.10') == 0 then
    vim.health.error('Neovim 0.10 or later is required')
    return
  end
  vim.health.ok(('Neovim %s'):format(tostring(vim.version())))
  if vim.fn.exists(':PlanToggle') == 0 then
    vim.health.warn('commands not found', { 'Add the whole folder editors/neovim to the runtime path, not only its lsp/' })
  end
  if #vim.api.nvim_get_runtime_file('doc/plansmith.txt', false) > 0 and #vim.fn.getcompletion('plansmith-commands', 'help') == 0 then
    vim.health.warn('help tags not found', { 'Run `:helptags ALL`' })
  end
  if vim.lsp.config and vim.fn.has('nvim-0.12') == 1 and not vim.lsp.is_enabled('plansmith') then
    vim.health.info("not enabled: call `vim.lsp.enable('plansmith')`")
  end
  check_server(require('plansmith.config').resolved())
  check_clients()
  check_features(vim.lsp.get_clients({ name = 'plansmith' })[1])
  check_plugins()
end

return M
