-- Drives one Neovim against the real server; run by run.sh. WORK is a folder with broken.md, EDITORS the project's editors/.
local work, editors = os.getenv('WORK'), os.getenv('EDITORS')
local failed = 0
local function check(name, ok, shown)
  io.stdout:write(('%s %s%s\n'):format(ok and 'ok  ' or 'FAIL', name, ok and '' or ': ' .. vim.inspect(shown)))
  if not ok then failed = failed + 1 end
end

local config = dofile(editors .. '/neovim/lsp/plansmith.lua')
if vim.lsp.config then
  vim.opt.runtimepath:append(editors .. '/neovim')
  vim.lsp.enable('plansmith')
else
  vim.api.nvim_create_autocmd('FileType', {
    pattern = config.filetypes,
    callback = function(event)
      vim.lsp.start({ name = 'plansmith', cmd = config.cmd, root_dir = vim.fs.root(event.buf, config.root_markers) })
    end,
  })
end
vim.cmd('filetype plugin on')
vim.cmd.edit(work .. '/broken.md')
local buffer = vim.api.nvim_get_current_buf()
local function client() return vim.lsp.get_clients({ bufnr = buffer, name = 'plansmith' })[1] end
local function line(number) return vim.api.nvim_buf_get_lines(buffer, number - 1, number, false)[1] end
local function find(pattern)
  for number, text in ipairs(vim.api.nvim_buf_get_lines(buffer, 0, -1, false)) do
    if text:find(pattern) then return number end
  end
end

check('attach', vim.wait(10000, function() return client() and client().initialized end), vim.lsp.get_clients())

local function codes()
  local found = {}
  for _, diagnostic in ipairs(vim.diagnostic.get(buffer)) do found[diagnostic.code] = true end
  return found
end
check('diagnostics', vim.wait(10000, function()
  return codes()['status-open-tasks'] and codes()['malformed-checkbox'] and codes()['unclosed-fence']
end), codes())

local function request(method, params)
  local answers = vim.lsp.buf_request_sync(buffer, method, params, 5000) or {}
  local answer = answers[client().id] or {}
  return answer.result
end
local document = { uri = vim.uri_from_bufnr(buffer) }
local symbols = request('textDocument/documentSymbol', { textDocument = document })
check('outline', symbols and #symbols > 0 and symbols[1].detail ~= nil, symbols)

local function act(kind)
  vim.lsp.buf.code_action({ context = { only = { kind }, diagnostics = {} }, apply = true })
end
local open = find('^%- %[ %] ')
vim.api.nvim_win_set_cursor(0, { open, 4 })
act('refactor.rewrite.plansmith.toggle')
check('tick a task', vim.wait(5000, function() return line(open):find('^%- %[x%] ') end), line(open))
vim.cmd('silent undo')
check('one undo step', line(open):find('^%- %[ %] ') ~= nil, line(open))

act('source.fixAll.plansmith')
check('mend everything', vim.wait(5000, function() return not find('^%-%[') and not find('^%- %[%]') end), find('^%-%['))
check('diagnostics follow', vim.wait(5000, function() return not codes()['malformed-checkbox'] end), codes())

local last = vim.api.nvim_buf_line_count(buffer)
vim.api.nvim_buf_set_lines(buffer, 0, 0, false, { '-- typed --', '' })
vim.api.nvim_buf_set_lines(buffer, 0, 2, false, {})
check('edits', vim.api.nvim_buf_line_count(buffer) == last and request('textDocument/foldingRange', { textDocument = document }) ~= nil)

vim.cmd(failed == 0 and 'qall!' or 'cquit!')
