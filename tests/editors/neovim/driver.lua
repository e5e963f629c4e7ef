-- A Neovim of its own that journeys drive from outside, with keys as a user types them: what runs inside of it is not held
-- up by the test that waits for it.
local driver = { failed = 0 }

---@param name string
---@param ok any
---@param shown? any what there is instead
function driver.check(name, ok, shown)
  io.stdout:write(('%s %s%s\n'):format(ok and 'ok  ' or 'FAIL', name, ok and '' or ': ' .. vim.inspect(shown)))
  if not ok then driver.failed = driver.failed + 1 end
  return ok
end

local Child = {}
Child.__index = Child

--- Starts one with the configuration that the environment's folders hold.
---@param program string
---@param folder string its working directory
function driver.start(program, folder)
  local child = setmetatable({ said = {} }, Child)
  child.job = vim.fn.jobstart({ program, '--embed', '--headless', '-n' }, {
    rpc = true,
    cwd = folder,
    on_stderr = function(_, lines) vim.list_extend(child.said, lines) end,
    on_exit = function(_, code) child.code = code end,
  })
  assert(child.job > 0, 'cannot start ' .. program)
  child:run(function()
    vim.o.columns, vim.o.lines, vim.o.more = 120, 40, false
    -- What is said is kept, and nobody is asked to press Enter for it.
    _G.notices = {}
    vim.notify = function(message) table.insert(_G.notices, message) end
  end)
  return child
end

--- Runs a function inside, with arguments; it must not use anything from around it.
function Child:run(action, ...)
  return vim.rpcrequest(self.job, 'nvim_exec_lua', 'local code = ...; return loadstring(code)(select(2, ...))', {
    string.dump(action),
    ...,
  })
end

--- Types keys, in the notation of mappings, and waits until they have been read.
function Child:keys(keys)
  vim.rpcrequest(self.job, 'nvim_input', keys)
  vim.wait(30)
end

function Child:command(command) return vim.rpcrequest(self.job, 'nvim_command', command) end

--- Waits for something inside to become true; what it was in the end, and what it gave besides.
function Child:wait(milliseconds, action, ...)
  local arguments, result, shown = { ... }, nil, nil
  vim.wait(milliseconds, function()
    local answer = self:run(action, unpack(arguments))
    if type(answer) == 'table' and answer.shown ~= nil then
      result, shown = answer.ok, answer.shown
    else
      result, shown = answer, answer
    end
    return result and result ~= vim.NIL
  end, 30)
  return result and result ~= vim.NIL and result, shown
end

function Child:edit(path)
  self:command('edit! ' .. path)
  return self:wait(10000, function()
    local client = vim.lsp.get_clients({ bufnr = 0, name = 'plansmith' })[1]
    return client ~= nil and client.initialized == true
  end)
end

---@return string[]
function Child:text() return vim.rpcrequest(self.job, 'nvim_buf_get_lines', 0, 0, -1, false) end

---@param number integer
function Child:line(number) return self:text()[number] end

--- The number of the first line with a pattern.
---@param pattern string
function Child:find(pattern)
  for number, text in ipairs(self:text()) do
    if text:find(pattern) then return number end
  end
end

---@param row integer 1-based
---@param column? integer 0-based
function Child:at(row, column) vim.rpcrequest(self.job, 'nvim_win_set_cursor', 0, { row, column or 0 }) end

--- Waits until the text of the buffer is as wanted.
---@param wanted fun(text: string): any
function Child:text_becomes(wanted)
  local text
  local ok = vim.wait(5000, function()
    text = table.concat(self:text(), '\n')
    return wanted(text)
  end, 30)
  return ok, text
end

--- The rules that have found something here, with how often.
---@return table<string, integer>
function Child:rules()
  return self:run(function()
    local found = vim.empty_dict()
    for _, diagnostic in ipairs(vim.diagnostic.get(0)) do
      found[diagnostic.code] = (found[diagnostic.code] or 0) + 1
    end
    return found
  end)
end

---@param wanted fun(rules: table<string, integer>): any
function Child:rules_become(wanted)
  local rules
  local ok = vim.wait(10000, function()
    rules = self:rules()
    return wanted(rules)
  end, 30)
  return ok, rules
end

--- What has been said to the user since the last time.
---@return string
function Child:notices()
  return self:run(function()
    local said = table.concat(_G.notices, '\n')
    _G.notices = {}
    return said
  end)
end

--- Quits as a user does, and waits for the end.
function Child:quit()
  pcall(vim.rpcnotify, self.job, 'nvim_command', 'qall!')
  return vim.wait(10000, function() return self.code ~= nil end, 30)
end

return driver
