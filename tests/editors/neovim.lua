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

-- A number and everything that refers to it; the edit is one step to undo.
local function whole() return table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), '\n') end
-- What a script does counts as one step with what it did before, unless a new one is begun.
vim.cmd('let &undolevels = &undolevels')
local before, task = whole(), find('%*%*Task 1%.1%*%*')
vim.api.nvim_win_set_cursor(0, { task, line(task):find('1%.1') - 1 })
vim.lsp.buf.rename('Task 1.9')
check('rename a number', vim.wait(5000, function() return line(task):find('Task 1%.9') end) and not find('Task 1%.1%D'), whole())
vim.cmd('silent undo')
check('a rename is one undo step', whole() == before, whole())
-- An action that is found out only when it is chosen.
act('refactor.rewrite.plansmith.delete-item')
check('delete a task', vim.wait(5000, function() return whole() ~= before end), line(task))
vim.cmd('silent undo')
local named = { textDocument = document, position = { line = task - 1, character = line(task):find('1%.1') } }
check('highlights', #(request('textDocument/documentHighlight', named) or {}) > 0)

local last = vim.api.nvim_buf_line_count(buffer)
vim.api.nvim_buf_set_lines(buffer, 0, 0, false, { '-- typed --', '' })
vim.api.nvim_buf_set_lines(buffer, 0, 2, false, {})
check('edits', vim.api.nvim_buf_line_count(buffer) == last and request('textDocument/foldingRange', { textDocument = document }) ~= nil)

-- An empty document becomes a plan; its template is there to be read.
vim.cmd.edit(work .. '/move-the-index.md')
buffer = vim.api.nvim_get_current_buf()
document = { uri = vim.uri_from_bufnr(buffer) }
check('attach to a new file', vim.wait(10000, function() return client() and client().initialized end), vim.lsp.get_clients())
local function at(row, column)
  return { textDocument = document, position = { line = row, character = column }, context = { triggerKind = 1 } }
end
local items = request('textDocument/completion', at(0, 0)) or {}
local plan
for _, item in ipairs(items) do if item.label == 'Plan: project-plan' then plan = item end end
check('a whole plan is offered', plan ~= nil, items)
if plan then
  local text = plan.textEdit.newText
  -- As an editor does that knows tab stops: the first alternative, the text of a stop.
  if plan.insertTextFormat == 2 then
    text = text:gsub('%${%d+|([^,|]*)[^|]*|}', '%1'):gsub('%${%d+:(.-)}', '%1'):gsub('%$0', ''):gsub('\\([$}\\])', '%1')
  end
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, vim.split(text, '\n'))
end
check('the title comes from the name', line(1) == '# Move the index', line(1))
check('placeholders are said', vim.wait(10000, function() return codes()['placeholder-left'] end), codes())
local heading = (find('^## Objective') or 1) - 1
local said = request('textDocument/hover', at(heading, 4))
check('hover tells what is asked for', said and said.contents.value:find('project%-plan') ~= nil, said)
local place = request('textDocument/typeDefinition', at(heading, 4))
place = place and (place[1] or place)
check('the template opens at that line', place and vim.fn.readfile(vim.uri_to_fname(place.uri))[place.range.start.line + 1] == '## Objective', place)
vim.api.nvim_buf_set_lines(buffer, heading, heading + 1, false, { '## Objectve' })
check('a slip is found', vim.wait(10000, function() return codes()['misspelled-section'] end), codes())

vim.cmd(failed == 0 and 'qall!' or 'cquit!')
