-- End-to-end test of the plugin in a real Neovim, configured as the README describes. Run by run.sh with
--   NVIM     the Neovim under test
--   WORK     a folder with plans
--   ROOT     the root of the project
--   SERVER   the path of the server program in /proc/*/exe
local root, work, server = os.getenv('ROOT'), os.getenv('WORK'), os.getenv('SERVER')
package.path = root .. '/tests/editors/neovim/?.lua;' .. package.path
local driver = require('driver')
local check = driver.check
local is_0_11 = vim.fn.has('nvim-0.11') == 1

-- A profile that contains only the README's configuration for plain Neovim.
local page = table.concat(vim.fn.readfile(root .. '/editors/neovim/README.md'), '\n')
local init = assert(page:match('```lua\n(vim%.opt%.runtimepath.-)```'), 'the README has no block for init.lua')
local config = os.getenv('XDG_CONFIG_HOME') .. '/nvim'
vim.fn.mkdir(config, 'p')
init = init:gsub('/path/to/plansmith', function() return root end)
-- The README's mappings.
local mappings = assert(page:match('```lua\n(vim%.keymap%.set.-)```'), 'the README has no block with mappings')
vim.fn.writefile(vim.split("vim.g.mapleader = ' '\n" .. init .. mappings, '\n'), config .. '/init.lua')

local function journeys()
  local child = driver.start(os.getenv('NVIM'), work)

  -- Markdown files that are not plans, and other files.
  check('attach to Markdown', child:edit('notes.md'))
  vim.wait(500)
  check('no findings in ordinary Markdown', vim.tbl_isempty(child:rules()), child:rules())
  check('no progress for ordinary Markdown', child:run(function() return require('plansmith').statusline() end) == '')
  child:command('edit notes.c')
  check('other files have no server', child:run(function() return #vim.lsp.get_clients({ bufnr = 0 }) end) == 0)
  child:command('help help')
  check('help has no server', child:run(function() return #vim.lsp.get_clients({ bufnr = 0, name = 'plansmith' }) end) == 0)
  child:command('only')

  -- A plan with problems.
  check('attach to a plan', child:edit('broken.md'))
  local ok, shown = child:wait_for_rules(function(rules)
    return rules['status-open-tasks'] and rules['malformed-checkbox'] == 3 and rules['unclosed-fence']
  end)
  check('diagnostics', ok, shown)
  check('one server for all buffers', child:run(function() return #vim.lsp.get_clients({ name = 'plansmith' }) end) == 1)

  local symbols = child:run(function()
    local params = { textDocument = { uri = vim.uri_from_bufnr(0) } }
    local answers = vim.lsp.buf_request_sync(0, 'textDocument/documentSymbol', params, 5000) or {}
    return select(2, next(answers)).result
  end)
  -- Neovim shows no details, so the progress is in the name.
  check('outline with progress', symbols[1] and symbols[1].name:find('%d+/%d+'), symbols)
  child:run(function() vim.lsp.buf.document_symbol() end)
  ok, shown = child:wait(5000, function()
    local list = vim.fn.has('nvim-0.11') == 1 and vim.fn.getloclist(0) or vim.fn.getqflist()
    return { ok = #list > 5, shown = list }
  end)
  check('outline in a list', ok, shown)
  child:command('silent! lclose | silent! cclose')
  child:command('buffer broken.md')

  -- The outline on `gO`, in plans only.
  child:set_cursor(child:find('Task 2%.1'))
  child:keys('gO')
  ok, shown = child:wait(5000, function()
    local lines = vim.api.nvim_buf_get_lines(0, 0, -1, false)
    local line = vim.api.nvim_get_current_line()
    return { ok = vim.bo.buftype == 'quickfix' and line:find('%[x%] 2%.1 Show today') ~= nil, shown = { line, lines } }
  end)
  check('gO shows the outline at the current task', ok, shown)
  check('the outline shows progress', ok and table.concat(shown[2], '\n'):find('Phase 1: One Table.*%d/%d'), shown)
  child:keys('<CR>')
  check('Enter goes to the task', child:wait(3000, function() return vim.api.nvim_get_current_line():find('Task 2%.1') ~= nil end))
  child:command('lclose')
  child:edit('notes.md')
  child:run(function() vim.fn.setloclist(0, {}, 'f') end)
  child:keys('gO')
  ok, shown = child:wait(5000, function()
    return { ok = vim.bo.buftype == 'quickfix' or #_G.notices > 0, shown = { vim.fn.getloclist(0, { title = 1 }), _G.notices } }
  end)
  check('gO in other Markdown is as before', ok and not vim.inspect(shown):find('Outline"'), shown)
  child:command('silent! lclose | silent! cclose')
  child:notices()
  child:command('buffer broken.md')

  -- A quick fix, and the saved file.
  local checkbox = child:find('^%- %[%] ')
  child:set_cursor(checkbox, 3)
  child:run(function()
    vim.lsp.buf.code_action({ apply = true, filter = function(action) return action.title:find('Replace with') ~= nil end })
  end)
  ok, shown = child:wait_for_text(function() return child:line(checkbox):find('^%- %[ %] %*%*Task 1%.3') end)
  check('quick fix', ok, child:line(checkbox))
  child:command('silent write')
  check('saved', vim.fn.readfile(work .. '/broken.md')[checkbox]:find('^%- %[ %] %*%*Task 1%.3'), vim.fn.readfile(work .. '/broken.md')[checkbox])
  ok, shown = child:wait_for_rules(function(rules) return rules['malformed-checkbox'] == 2 end)
  check('diagnostics are updated', ok, shown)
  child:run(function() vim.lsp.buf.code_action({ context = { only = { 'source.fixAll.plansmith' }, diagnostics = {} }, apply = true }) end)
  check('fix all', child:wait_for_text(function(text) return not text:find('\n%-%[') and not text:find('\n%[x%]') end))

  -- Toggling with the README's mappings: counts, selections, motions and `.`.
  local function is_open(number) return child:line(number):find('^%- %[ %] ') ~= nil end
  local function is_done(number) return child:line(number):find('^%- %[x%] ') ~= nil end
  local function check_text(name, condition) return check(name, child:wait_for_text(condition), child:text()) end
  local first = child:find('Task 2%.1')
  child:set_cursor(first, 8)
  child:keys(' x')
  check_text('a mapping reopens a task', function() return is_open(first) end)
  check('the cursor does not move', vim.deep_equal(child:run(function() return vim.api.nvim_win_get_cursor(0) end), { first, 8 }))
  child:keys('u')
  check_text('one undo step', function() return is_done(first) end)
  child:keys(' x')
  check_text('toggle after undo', function() return is_open(first) end)
  child:keys('j.')
  check_text('. repeats it on the next line', function() return is_open(first) and is_open(first + 1) end)
  child:set_cursor(first)
  child:keys('Vj x')
  check_text('a selection', function() return is_done(first) and is_done(first + 1) end)
  child:keys('<Esc>')
  child:set_cursor(first)
  child:keys('2 x')
  check_text('a count', function() return is_open(first) and is_open(first + 1) end)
  child:command(('%d,%dPlanToggle'):format(first, first + 1))
  check_text(':PlanToggle with a range', function() return is_done(first) and is_done(first + 1) end)
  child:set_cursor(child:find('^## Objective') + 2)
  child:command('PlanToggle')
  local notified = driver.wait(3000, function() return child:notices():find('no task at the cursor') ~= nil end, 50)
  check(':PlanToggle without a task shows a message', notified)

  -- States.
  local states = child:run(function() return vim.fn.getcompletion('PlanState ', 'cmdline') end)
  check('states are completed', vim.tbl_contains(states, 'blocked') and #states == 6, states)
  child:set_cursor(first)
  child:command('PlanState open')
  check_text(':PlanState open', function() return is_open(first) end)
  child:command('PlanState active')
  check_text(':PlanState active', function() return not is_open(first) and not is_done(first) end)
  child:command('PlanState done')
  check_text(':PlanState done', function() return is_done(first) end)
  child:command('PlanState nonsense')
  check(
    'an unknown state is reported',
    driver.wait(3000, function() return child:notices():find('nonsense') ~= nil end, 50)
  )

  -- Hover, hints, code lens and statusline.
  child:set_cursor(child:find('Task 1%.2'), 10)
  child:run(function() vim.lsp.buf.hover() end)
  ok, shown = child:wait(5000, function()
    for _, window in ipairs(vim.api.nvim_list_wins()) do
      if vim.api.nvim_win_get_config(window).relative ~= '' then
        local text = table.concat(vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false), '\n')
        return { ok = text:find('1%.2') ~= nil or text:find('done') ~= nil, shown = text }
      end
    end
  end)
  check('hover', ok, shown)
  check('the hover window starts no server', child:run(function() return #vim.lsp.get_clients({ name = 'plansmith' }) end) == 1)
  if is_0_11 then
    child:run(function() vim.lsp.inlay_hint.enable(true) end)
  else
    child:run(function() vim.lsp.inlay_hint.enable(true, { bufnr = 0 }) end)
  end
  ok, shown = child:wait(5000, function()
    local hints = vim.lsp.inlay_hint.get({ bufnr = 0 })
    return { ok = #hints > 1, shown = hints }
  end)
  check('hints', ok, shown)
  child:run(function() if vim.lsp.codelens.enable then vim.lsp.codelens.enable(true) else vim.lsp.codelens.refresh({ bufnr = 0 }) end end)
  ok, shown = child:wait(5000, function()
    local lenses = vim.lsp.codelens.get(vim.fn.has('nvim-0.12') == 1 and { bufnr = 0 } or 0)
    return { ok = #lenses > 0, shown = lenses }
  end)
  check('code lens', ok, shown)
  ok, shown = child:wait(5000, function()
    local text = require('plansmith').statusline()
    return { ok = text:find('^%d+/13') ~= nil, shown = text }
  end)
  check('statusline', ok, shown)
  local before = shown
  child:set_cursor(first)
  child:command('PlanState open')
  ok, shown = child:wait(5000, function(old)
    local text = require('plansmith').statusline()
    return { ok = text:find('^%d+/13') ~= nil and text ~= old, shown = text }
  end, before)
  check('statusline is updated', ok, shown)

  -- Settings while the server is running.
  child:run(function() require('plansmith').configure({ rules = { ['status-open-tasks'] = 'off' } }) end)
  ok, shown = child:wait_for_rules(function(rules) return not rules['status-open-tasks'] and rules['unclosed-fence'] end)
  check('settings at runtime', ok, shown)
  child:run(function() require('plansmith').configure({ rules = { ['status-open-tasks'] = 'error' } }) end)
  check('setting restored', child:wait_for_rules(function(rules) return rules['status-open-tasks'] end))
  child:command('silent write')

  -- Across files: definition and rename.
  check('attach to a second plan', child:edit('sibling.md'))
  local link = child:find('phase%-2%-pages')
  child:set_cursor(link, child:line(link):find('phase%-2%-pages') + 2)
  child:run(function() vim.lsp.buf.definition() end)
  ok, shown = child:wait(5000, function()
    return { ok = vim.api.nvim_buf_get_name(0):find('broken%.md$') ~= nil, shown = vim.api.nvim_buf_get_name(0) }
  end)
  check('definition in another file', ok, shown)
  check('definition at the heading', (child:run(function() return vim.api.nvim_get_current_line() end)):find('Phase 2'))
  child:set_cursor(child:find('^### Phase 2'), 14)
  child:run(function() vim.lsp.buf.rename('Branch Pages') end)
  check_text('rename', function(text) return text:find('### Phase 2: Branch Pages', 1, true) end)
  child:command('silent wall')
  local other = table.concat(vim.fn.readfile(work .. '/sibling.md'), '\n')
  check('rename in another file', other:find('broken.md#phase-2-branch-pages', 1, true), other)
  child:set_cursor(child:find('%*%*Task 1%.1%*%*'), 14)
  child:run(function() vim.lsp.buf.rename('Task 1.9') end)
  check_text('rename of a task ID', function(text) return text:find('Task 1%.9') and not text:find('Task 1%.1%D') end)
  child:keys('u')
  check_text('a rename is one undo step', function(text) return text:find('Task 1%.1%D') and not text:find('Task 1%.9') end)

  -- Completion.
  check('attach to a plan with gaps', child:edit('half-written.md'))
  child:keys('Go<CR>## <C-x><C-o>')
  ok, shown = child:wait(5000, function()
    local names = vim.tbl_map(function(item) return item.abbr end, vim.fn.complete_info({ 'items' }).items)
    return { ok = #names > 1 and vim.tbl_contains(names, '## Status Log'), shown = names }
  end)
  check('missing sections are offered', ok, shown)
  child:keys('<C-e>St<C-x><C-o>')
  check('typed text filters them', child:wait(5000, function() return #vim.fn.complete_info({ 'items' }).items == 1 end))
  child:keys('<C-y>')
  ok, shown = child:wait(5000, function() return vim.snippet.active() end)
  check('with tab stops', ok, child:text())
  child:keys('2026-01-02')
  child:run(function() vim.snippet.jump(1) end)
  child:keys('2026-02-03')
  ok, shown = child:wait_for_text(function(text)
    return text:find('## Status Log\n\n| Date', 1, true)
      and text:find('| 2026-01-02 | Planning |', 1, true)
      and text:find('| 2026-02-03 | In Progress |', 1, true)
  end)
  check('a section is completed', ok and not shown:find('${', 1, true), shown:sub(-400))
  child:keys('<Esc><Esc>')
  child:command('edit!')

  -- Lists.
  child:command('PlanNext')
  ok, shown = child:wait(5000, function()
    local list = vim.fn.getqflist({ items = 1, title = 1, winid = 1 })
    local items = vim.tbl_map(function(item) return { item.text, item.lnum, vim.fn.bufname(item.bufnr) } end, list.items)
    return { ok = #items > 0 and list.winid ~= 0, shown = items }
  end)
  check(':PlanNext', ok and shown[1][3]:find('half%-written%.md$') and shown[1][1]:find('Take payments'), shown)
  child:command('cclose')
  child:command('PlanNext!')
  ok, shown = child:wait(5000, function()
    local files = {}
    for _, item in ipairs(vim.fn.getqflist()) do files[vim.fn.fnamemodify(vim.fn.bufname(item.bufnr), ':t')] = true end
    return { ok = vim.tbl_count(files) > 2, shown = files }
  end)
  check(':PlanNext! over all plans', ok, shown)
  ok, shown = child:run(function() return vim.api.nvim_buf_get_lines(0, 0, -1, false) end), nil
  check('the list shows plan, phase and owner', table.concat(ok, '\n'):find('Self%-Service Fines *|.*Take payments.*5 days.*Phase 1'), ok)
  check('tasks of this plan come first', ok[1]:find('^Self%-Service Fines'), ok[1])
  child:command('cfirst')
  check('jump from the list to a task', child:run(function() return vim.bo.filetype end) == 'markdown')
  child:command('cclose')
  child:command('PlanStatus')
  ok, shown = child:wait(5000, function()
    local items = vim.tbl_map(function(item) return item.text end, vim.fn.getqflist())
    return { ok = #items > 5 and table.concat(items, '\n'):find('%d+/%d+') ~= nil, shown = items }
  end)
  check(':PlanStatus', ok, shown)
  child:command('cclose')
  child:edit('implementation-plan.md')
  child:set_cursor(1)
  child:keys(']t')
  ok, shown = child:wait(5000, function()
    local row = vim.api.nvim_win_get_cursor(0)[1]
    return { ok = row > 1, shown = row }
  end)
  check('jump to a ready task', ok, shown)
  local row = shown
  child:keys(']t')
  ok = child:wait(5000, function(old) return vim.api.nvim_win_get_cursor(0)[1] > old end, row)
  check('jump to the one after it', ok)
  child:keys('[t')
  check('jump back', child:wait(5000, function(old) return vim.api.nvim_win_get_cursor(0)[1] == old end, row))

  -- The graph.
  child:set_cursor(child:find('Task 2%.2'))
  child:command('PlanGraph')
  ok, shown = child:wait(5000, function()
    return { ok = vim.bo.filetype == 'plansmithgraph', shown = vim.api.nvim_buf_get_lines(0, 0, -1, false) }
  end)
  local diagram = table.concat(shown or {}, '\n')
  check(':PlanGraph', ok and diagram:find('Phase 2: Sending') and diagram:find('╭') and diagram:find('▸ %[/%] 2%.1'), shown)
  check('its cursor is at the task of the plan', child:run(function() return vim.api.nvim_get_current_line() end):find('2%.2 Send messages'))
  child:keys('k<CR>')
  ok, shown = child:wait(3000, function()
    local line = vim.api.nvim_get_current_line()
    return { ok = line:find('Task 2%.1') ~= nil, shown = line }
  end)
  check('Enter goes to the task of a row', ok, shown)
  child:command('PlanState done')
  ok, shown = child:wait(5000, function()
    for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
      if vim.bo[buffer].filetype == 'plansmithgraph' then
        local lines = table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), '\n')
        return { ok = lines:find('%[x%] 2%.1') ~= nil, shown = lines }
      end
    end
  end)
  check('the diagram follows an edit', ok, shown)
  child:command('edit!')
  child:command('only')
  for _, case in ipairs({ { 'mermaid', '^flowchart' }, { 'dot', 'digraph' }, { 'timeline', '^gantt' } }) do
    child:command('PlanGraph ' .. case[1])
    ok, shown = child:wait(5000, function()
      return { ok = vim.bo.buftype == 'nofile', shown = { vim.bo.filetype, vim.api.nvim_buf_get_lines(0, 0, -1, false) } }
    end)
    check(':PlanGraph ' .. case[1], ok and shown[2][1]:find(case[2]), shown)
    child:command('close')
  end
  child:run(function() vim.ui.open = function(path) _G.opened = path return nil, 'no viewer' end end)
  child:command('PlanGraph svg')
  check('an image without a viewer is reported', driver.wait(5000, function() return child:notices():find('the diagram is in .*%.svg') ~= nil end, 50))
  local formats = child:run(function() return vim.fn.getcompletion('PlanGraph ', 'cmdline') end)
  check('formats are completed', vim.deep_equal(formats, { 'text', 'mermaid', 'dot', 'svg', 'dependencies', 'timeline' }), formats)

  -- Pickers.
  child:run(function()
    vim.ui.select = function(items, options, on_choice)
      _G.picked = { options.prompt, vim.tbl_map(options.format_item, items), options.preview_item(items[1]).pos[1] }
      on_choice(items[1])
    end
  end)
  child:command('PlanPick')
  ok, shown = child:wait(5000, function() return { ok = _G.picked ~= nil, shown = _G.picked or 'nothing' } end)
  check(':PlanPick', ok and shown[1] == 'Ready tasks' and shown[2][1]:find('2%.1 Collect the loans .*Tomasz.*Phase 2'), shown)
  check('the picked task is shown', child:run(function() return vim.api.nvim_get_current_line() end):find('Task 2%.1'))
  child:run(function() _G.picked = nil end)
  child:command('PlanPick plans')
  ok, shown = child:wait(5000, function() return { ok = _G.picked ~= nil, shown = _G.picked or 'nothing' } end)
  check(':PlanPick plans', ok and shown[2][1]:find('17/51 Due%-Date Reminders') and #shown[2] > 5, shown)
  child:command('PlanPick nonsense')
  check('an unknown list is reported', driver.wait(3000, function() return child:notices():find('expected all_tasks, outline') ~= nil end, 50))

  -- Sources of picker plugins, with stand-ins that check what the plugins get.
  child:run(function()
    _G.got = {}
    _G.Snacks = { config = { picker = {} }, picker = { pick = function(options) _G.got.snacks = options end } }
    package.loaded['telescope'] = { register_extension = function(extension) return extension end }
    package.loaded['telescope.config'] = { values = { generic_sorter = function() end, grep_previewer = function() end } }
    package.loaded['telescope.finders'] = { new_table = function(options) return vim.tbl_map(options.entry_maker, options.results) end }
    package.loaded['telescope.pickers'] = {
      new = function(_, picker) return { find = function() _G.got.telescope = picker end } end,
    }
    package.loaded['fzf-lua'] = {
      defaults = { actions = { files = {} } },
      fzf_exec = function(lines, options) _G.got.fzf = { lines, options } end,
    }
    package.loaded['trouble.item'] = { new = function(item) return item end, add_id = function() end }
    require('plansmith').pick('tasks')
    require('telescope._extensions.plansmith').exports.plansmith({})
    require('plansmith').pick('tasks', { picker = 'fzf-lua' })
    require('trouble.sources.plansmith').get.tasks(function(items) _G.got.trouble = items end)
  end)
  ok, shown = child:wait(5000, function()
    local got = _G.got
    if not (got.snacks and got.telescope and got.fzf and got.trouble) then return { ok = false, shown = vim.tbl_keys(got) } end
    local snacks, telescope, trouble = got.snacks.items[1], got.telescope.finder[1], got.trouble[1]
    return {
      ok = true,
      shown = {
        { snacks.text, snacks.file, snacks.pos[1] },
        { telescope.display, telescope.filename, telescope.lnum },
        { got.fzf[1][1] },
        { trouble.item.text, trouble.filename, trouble.pos[1] },
        { require('snacks.picker.source.plansmith').tasks()[1].text },
      },
    }
  end)
  local task_line
  for number, text in ipairs(vim.fn.readfile(work .. '/implementation-plan.md')) do
    if text:find('^%*%*Task 2%.1%*%*: Collect the loans') then task_line = number end
  end
  for index, plugin in ipairs({ 'snacks', 'telescope', 'fzf-lua', 'trouble', 'snacks finder' }) do
    local first = ok and shown[index] or {}
    check(plugin .. ' gets the tasks', (first[1] or ''):find('2%.1 Collect the loans'), shown)
    check(plugin .. ' gets their places', ok and (first[2] == nil or first[2]:find('implementation%-plan%.md$') and first[3] == task_line), shown)
  end
  check('fzf-lua gets file and line', ok and shown[3][1]:find(('^implementation%%-plan%%.md:%d:1: '):format(task_line)), shown)
  child:run(function()
    _G.Snacks = nil
    for name in pairs(package.loaded) do
      if name:find('telescope') or name == 'fzf-lua' then package.loaded[name] = nil end
    end
  end)

  -- The real telescope.nvim, where Debian has it for this version of Neovim.
  local plugins = vim.fs.joinpath(vim.fs.dirname(vim.fs.dirname(vim.env.VIMRUNTIME)))
  if vim.uv.fs_stat(plugins .. '/neovim-telescope') then
    child:edit('implementation-plan.md')
    child:run(function(folder)
      for _, plugin in ipairs({ 'neovim-plenary', 'neovim-telescope' }) do vim.opt.runtimepath:append(folder .. '/' .. plugin) end
      vim.cmd.source(folder .. '/neovim-telescope/plugin/telescope.lua')
      require('telescope').load_extension('plansmith')
    end, plugins)
    child:command('Telescope plansmith')
    -- Keys that arrive before the prompt would be commands.
    child:wait(5000, function() return vim.bo.filetype == 'TelescopePrompt' and vim.fn.mode() == 'i' end)
    child:keys('collect')
    ok, shown = child:wait(5000, function()
      for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
        if vim.bo[buffer].filetype == 'TelescopeResults' then
          local text = table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), '\n')
          return { ok = text:find('2%.1 Collect the loans') ~= nil, shown = text }
        end
      end
    end)
    check(':Telescope plansmith', ok, shown)
    child:keys('<CR>')
    ok, shown = child:wait(5000, function()
      local line = vim.api.nvim_get_current_line()
      return { ok = line:find('Task 2%.1') ~= nil, shown = line }
    end)
    check('telescope goes to the task', ok, shown)
    child:run(function() vim.cmd('stopinsert') end)
  end

  -- Highlight groups, through semantic tokens.
  child:edit('implementation-plan.md')
  local finished = child:find('Consent can be withdrawn')
  ok, shown = child:wait(5000, function(line)
    local token = (vim.lsp.semantic_tokens.get_at_pos(0, line - 1, 10) or {})[1] or {}
    return { ok = token.type == 'task' and token.modifiers.done == true, shown = token }
  end, finished)
  check('done tasks have a semantic token', ok, shown)
  shown = child:run(function() return vim.api.nvim_get_hl(0, { name = '@lsp.typemod.task.done.markdown' }) end)
  check('with a default', shown.link == 'PlansmithDone', shown)

  -- The syntax tree follows edits.
  child:command('PlanTree')
  local function tree_has(pattern)
    for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
      if vim.api.nvim_buf_get_name(buffer):find('^plansmith://tree/') then
        local lines = table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), '\n')
        return { ok = lines:find('^document %[0, ') ~= nil and lines:find(pattern) ~= nil, shown = lines:sub(1, 300) }
      end
    end
  end
  ok, shown = child:wait(5000, tree_has, 'atx_h1_marker')
  check(':PlanTree', ok, shown)
  child:run(function() vim.api.nvim_buf_set_lines(0, -1, -1, false, { '', '~~tree~~' }) end)
  child:run(function() vim.api.nvim_exec_autocmds('TextChanged', { buffer = 0 }) end)
  ok, shown = child:wait(5000, tree_has, 'strikethrough')
  check(':PlanTree follows an edit', ok, shown)
  child:command('undo')
  child:command('only')

  -- A new plan, in a folder that does not exist.
  local templates = child:run(function() return vim.fn.getcompletion('PlanNew proj', 'cmdline') end)
  check('templates are completed', vim.deep_equal(templates, { 'project-plan' }), templates)
  child:command('PlanNew project-plan new/move-the-index.md')
  ok, shown = child:wait(5000, function()
    local text = vim.api.nvim_buf_get_lines(0, 0, 3, false)
    return { ok = vim.api.nvim_buf_get_name(0):find('move%-the%-index%.md$') ~= nil and text[1] ~= '', shown = text }
  end)
  check(':PlanNew', ok, shown)
  check('the title comes from the name', child:line(1) == '# Move the index' or child:find('^# Move the index'), child:line(1))
  ok, shown = child:wait_for_rules(function(rules) return rules['unfilled-placeholder'] end)
  check('placeholders are reported', ok, shown)
  child:set_cursor(1)
  child:keys(']p')
  check('jump to the first placeholder', child:wait(5000, function() return vim.api.nvim_win_get_cursor(0)[1] > 1 end))
  local heading = child:find('^## Objective')
  child:set_cursor(heading, 4)
  child:run(function() vim.lsp.buf.type_definition() end)
  ok, shown = child:wait(5000, function()
    local name = vim.api.nvim_buf_get_name(0)
    return { ok = name:find('move%-the%-index') == nil and vim.api.nvim_get_current_line() == '## Objective', shown = name }
  end)
  check('the template opens at that line', ok, shown)
  child:command('buffer move-the-index.md')
  child:command('silent write')
  child:command('PlanNew project-plan new/move-the-index.md')
  check('existing files are not overwritten', driver.wait(3000, function() return child:notices():find('already') ~= nil end, 50))

  -- Folding.
  if is_0_11 then
    child:edit('broken.md')
    child:run(function() vim.wo.foldmethod, vim.wo.foldexpr, vim.wo.foldlevel = 'expr', 'v:lua.vim.lsp.foldexpr()', 0 end)
    ok = child:wait(5000, function() return vim.fn.foldclosed(vim.fn.search('^### Phase 1', 'nw')) > 0 end)
    check('folds', ok)
    child:command('setlocal foldmethod=manual')
  end

  -- Help and health check.
  check('help', pcall(function() child:command('help plansmith-commands') end))
  child:command('helpclose')
  child:command('checkhealth plansmith')
  ok, shown = child:wait(5000, function()
    local text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n')
    return { ok = text:find('plansmith %d+%.%d+') ~= nil and not text:find('ERROR'), shown = text }
  end)
  check('checkhealth', ok, shown)
  child:command('close!')

  -- Restart after a crash.
  child:edit('broken.md')
  local function processes()
    local found = {}
    for process in vim.fs.dir('/proc') do
      if process:match('^%d+$') and vim.uv.fs_readlink('/proc/' .. process .. '/exe') == server then found[#found + 1] = process end
    end
    return found
  end
  -- One for the project, and possibly one without a root for the template that was opened.
  local pids = processes()
  check('one process per client', #pids == child:run(function() return #vim.lsp.get_clients({ name = 'plansmith' }) end), pids)
  for _, process in ipairs(pids) do vim.uv.kill(tonumber(process), 'sigkill') end
  check('the crash is noticed', child:wait(5000, function() return #vim.lsp.get_clients({ name = 'plansmith' }) == 0 end))
  local crash_notices = child:notices()
  check('no other errors were shown', not crash_notices:gsub('exit code 101', ''):find('[Ee]rror:'), crash_notices)
  child:command('PlanRestart')
  ok, shown = child:wait(10000, function() return #vim.lsp.get_clients({ bufnr = 0, name = 'plansmith' }) == 1 end)
  check('restart after a crash', ok and driver.wait(5000, function() return #processes() == #pids end, 50), processes())
  ok, shown = child:wait_for_rules(function(rules) return rules['status-open-tasks'] end)
  check('diagnostics after the restart', ok, shown)
  local before_restart = processes()
  child:command('PlanRestart')
  ok = driver.wait(8000, function()
    local now = processes()
    local same = vim.iter(now):any(function(process) return vim.tbl_contains(before_restart, process) end)
    return #now == #pids and not same
  end, 50)
  check('restart of a running server', ok and child:wait(8000, function() return #vim.lsp.get_clients({ bufnr = 0, name = 'plansmith' }) == 1 end))

  local notices = child:notices()
  check('no errors were shown', not notices:find('[Ee]rror') and #table.concat(child.stderr) == 0, { notices, child.stderr })
  check('quit', child:quit())

  local function severity()
    for _, diagnostic in ipairs(vim.diagnostic.get(0)) do
      if diagnostic.code == 'unclosed-fence' then return { ok = diagnostic.severity == vim.diagnostic.severity.ERROR, shown = diagnostic } end
    end
  end
  local settings = "{ settings = { plansmith = { rules = { ['unclosed-fence'] = 'error' } } } }"
  local folder = "vim.opt.runtimepath:append('" .. root .. "/editors/neovim')"

  -- The README's completion while typing: the text is what was typed, key by key.
  if is_0_11 then
    local completion = assert(page:match('```lua\n(vim%.o%.completeopt.-)```'), 'the README has no block for completion')
    vim.fn.writefile(vim.split(init .. completion, '\n'), config .. '/init.lua')
    child = driver.start(os.getenv('NVIM'), work)
    check('attach with completion while typing', child:edit('half-written.md'))
    child:keys('Go')
    for _, typed in ipairs({ '## Status Log', '- [ ] Ask the provider', '- Owner: In', '(depends on 1' }) do
      for index = 1, #typed do
        child:keys(typed:sub(index, index))
        vim.wait(60)
      end
      vim.wait(300)
      local current = child:run(function() return vim.api.nvim_get_current_line() end)
      check('typing inserts nothing else: ' .. typed, current:sub(-#typed) == typed, current)
      child:keys('<C-e><CR><C-u>')
    end
    child:keys('<Esc>')
    child:command('edit!')
    local notices_of_typing = child:notices()
    check('typing shows no errors', not notices_of_typing:find('[Ee]rror'), notices_of_typing)
    check('quit after typing', child:quit())
  end

  -- Lazy loading by a plugin manager, with options.
  vim.fn.writefile(vim.split(([[
    vim.api.nvim_create_autocmd('FileType', { pattern = 'markdown', once = true, callback = function()
      %s
      vim.cmd.source('%s/editors/neovim/plugin/plansmith.lua')
      require('plansmith').setup(%s)
    end })]]):format(folder, root, settings), '\n'), config .. '/init.lua')
  child = driver.start(os.getenv('NVIM'), work)
  check('attach after lazy loading', child:edit('broken.md'))
  ok, shown = child:wait(10000, severity)
  check('settings after lazy loading', ok, shown)
  check('one server after lazy loading', child:run(function() return #vim.lsp.get_clients({ name = 'plansmith' }) end) == 1)
  check('commands after lazy loading', child:run(function() return vim.fn.exists(':PlanToggle') end) == 2)
  check('quit after lazy loading', child:quit())

  -- `vim.lsp.enable` without `setup()`.
  if is_0_11 then
    vim.fn.writefile({ folder, "vim.lsp.config('plansmith', " .. settings .. ')', "vim.lsp.enable('plansmith')" }, config .. '/init.lua')
    child = driver.start(os.getenv('NVIM'), work)
    check('attach after vim.lsp.enable', child:edit('broken.md'))
    ok, shown = child:wait(10000, severity)
    check('settings of vim.lsp.config', ok, shown)
    child:run(function() require('plansmith').configure({ hints = { phases = false } }) end)
    vim.wait(300)
    ok, shown = child:wait(5000, severity)
    check('other settings at runtime keep it', ok, shown)
    check('quit after vim.lsp.enable', child:quit())
  end
end

-- An error counts as a failure; Neovim must exit in any case.
local completed, problem = xpcall(journeys, debug.traceback)
check('all journeys completed', completed, problem)
vim.cmd(driver.failed == 0 and 'qall!' or 'cquit!')
