//! Made-up states of every page, in both languages. The names and the places are invented.

use hemicycle_protocol::ids::Hex;
use hemicycle_terminal::bind::{Window, WindowError};
use hemicycle_terminal::screen::*;
use hemicycle_terminal::touch::{ChairView, ServiceKind, Touch};
use hemicycle_terminal::words::Words;

mod reading;
mod voting;

/// A name in a quick hand.
const HAND: &str = "M150 150 L230 140 L320 132 M235 80 L232 170 L225 260 L205 320 M225 190 L180 250 L120 300 \
    M240 200 L280 250 L330 285 M420 110 L520 100 M470 70 L465 130 L400 200 M440 160 L540 150 \
    L500 230 L410 310 M450 200 L540 290 L600 320 M640 130 L680 120 L700 118 M660 180 L760 \
    165 M690 185 L680 250 L640 310 M730 175 L728 250 L790 280 L850 250 M600 330 L720 345 \
    L900 320";

/// Every state with its name, in the order a meeting shows them.
pub fn all(language: Language) -> Vec<(&'static str, Screen)> {
    let say = Say(language);
    let mut states = quiet(say);
    states.extend(papers(say));
    states.extend(voting::votes(say));
    states.extend(voting::results(say));
    states.extend(others(say));
    states
}

/// Gives the window a picture for every page the screen refers to: grey lines on white.
pub fn put_pictures(window: &Window, screen: &Screen) -> Result<(), WindowError> {
    let Page::Reader(reader) = &screen.page else { return Ok(()) };
    for id in reader.images() {
        if !window.has_picture(id) {
            let height = id.width * 141 / 100;
            window.put_picture(id, height, &picture(id.width, height))?;
        }
    }
    Ok(())
}

fn picture(width: u32, height: u32) -> Vec<u8> {
    let mut pixels = vec![255_u8; (width * height * 4) as usize];
    let (left, line) = (width / 9, height / 34);
    for row in 0..26_u32 {
        let top = height / 9 + row * line;
        let start = if row % 6 == 0 { left * 2 } else { left };
        let end = if row % 6 == 5 { width / 2 } else { width - left };
        for y in top..(top + line.div_ceil(3)).min(height) {
            for x in start..end {
                // Strokes with gaps, so that scaling and cropping are seen.
                if x % line < line * 3 / 4 {
                    let at = ((y * width + x) * 4) as usize;
                    pixels[at..at + 3].copy_from_slice(&[70, 70, 76]);
                }
            }
        }
    }
    pixels
}

#[derive(Clone, Copy)]
struct Say(Language);

impl Say {
    /// The words of the example itself, in the language shown.
    fn t(self, zh: &str, en: &str) -> String {
        match self.0 {
            Language::Zh => zh.to_string(),
            Language::En => en.to_string(),
        }
    }

    fn key(self, key: &str) -> String {
        Words::new(self.0).say(key)
    }

    fn fill(self, key: &str, values: &[(&str, &str)]) -> String {
        Words::new(self.0).fill(key, values)
    }

    fn meeting(self) -> String {
        self.t(
            "大安市第十八届人大常委会第四次会议",
            "Da'an City Standing Committee, Fourth Meeting",
        )
    }

    fn name(self) -> String {
        self.t("林致远", "Lin Zhiyuan")
    }

    fn post(self) -> String {
        self.t("市人大常委会委员", "Member of the Standing Committee")
    }

    fn title(self) -> Vec<String> {
        vec![
            self.t("大安市人大常委会关于批准", "Resolution approving the adjustment"),
            self.t("2026年市级预算调整方案的决议（草案）", "of the city budget for 2026 (draft)"),
        ]
    }

    fn screen(self, page: Page) -> Screen {
        Screen {
            language: self.0,
            top: TopBar {
                meeting: self.meeting(),
                seat: self.t("12 号", "No. 12"),
                name: self.name(),
                connection: Connection::Online,
                connection_words: self.key("connection.online"),
                clock: "10:38".into(),
            },
            page,
            ..Screen::default()
        }
    }

    fn with_rail(self, page: Page, selected: RailKind) -> Screen {
        let kinds = [RailKind::Agenda, RailKind::Vote, RailKind::Speak, RailKind::Service];
        let mut screen = self.screen(page);
        screen.rail.entries = kinds
            .into_iter()
            .chain([RailKind::TextSize])
            .map(|kind| RailEntry { selected: kind == selected, ..RailEntry::new(kind) })
            .collect();
        screen
    }

    fn offline(self, mut screen: Screen) -> Screen {
        screen.top.connection = Connection::Offline;
        screen.top.connection_words = self.key("connection.offline");
        for entry in &mut screen.rail.entries {
            entry.locked =
                matches!(entry.kind, RailKind::Vote | RailKind::Speak | RailKind::Service);
        }
        screen.banner = Some(Banner {
            kind: BannerKind::Offline,
            title: self
                .t("连接中断，正在重新连接（第 2 次）", "Connection lost, reconnecting (2nd try)"),
            body: self.t(
                "文件可以继续阅读。恢复前不能表决、发言和呼叫。",
                "Papers stay readable. No voting, speaking or calls until it is back.",
            ),
            action: Some(Action {
                label: self.key("button.retry_now"),
                touch: Touch::RetryNow,
                enabled: true,
            }),
        });
        screen
    }
}

fn quiet(say: Say) -> Vec<(&'static str, Screen)> {
    let standby = Standby {
        meeting: say.meeting(),
        clock: "08:41".into(),
        name: say.name(),
        post: say.post(),
        seat_label: say.key("seat.label"),
        seat: "12".into(),
        date: say.t("2026 年 8 月 26 日　星期三", "Wednesday, 26 August 2026"),
        begins: say.t("上午 9:00 开会", "Begins at 9:00"),
        prompt: say.key("standby.prompt"),
    };
    let long = Standby {
        name: say.t("古丽巴哈尔·买买提", "Bartholomew Featherstonehaugh"),
        post: say.t("市人大社会建设委员会副主任委员", "Vice-chair, Social Development Committee"),
        prompt: String::new(),
        ..standby.clone()
    };
    let rare = Standby { name: "㛃䶮玓".into(), ..standby.clone() };
    let sign_in = SignIn {
        name: say.name(),
        post: say.post(),
        seat_label: say.key("seat.label"),
        seat: "12".into(),
        state: SignInState::Ready,
        prompt: say.key("sign_in.prompt"),
        present_label: say.key("attendance.present"),
        present: "21".into(),
        members: say.t("/ 31 人", "/ 31"),
        map: seat_map(),
        map_words: say.key("map.words"),
        way: SignInWay::Press,
    };
    let with = |state: SignInState| Page::SignIn(SignIn { state, ..sign_in.clone() });
    let pin = |typed, left: u32, state: SignInState| {
        let note = match left {
            0 => say.key("sign_in.pin_locked"),
            left => say.key("sign_in.pin_note").replace("{left}", &left.to_string()),
        };
        let (open, may_confirm) = (left > 0, typed >= 4);
        let way = SignInWay::Pin { typed, boxes: 6, open, may_confirm, note };
        let prompt = say.key("sign_in.pin");
        Page::SignIn(SignIn { state, prompt, way, ..sign_in.clone() })
    };
    let wrong = || SignInState::Failed { words: say.key("refusal.wrong_pin") };
    let drawn = |strokes: &str, state: SignInState| {
        let (strokes, may_confirm) = (strokes.to_owned(), !strokes.is_empty());
        let way = SignInWay::Signature { strokes, may_confirm, note: say.key("sign_in.draw") };
        Page::SignIn(SignIn { state, way, ..sign_in.clone() })
    };
    let alone = |page: Page| {
        let mut screen = say.screen(page);
        screen.top.seat = String::new();
        screen.top.name = String::new();
        screen
    };
    let done = Page::SignIn(SignIn {
        state: SignInState::Done {
            title: say.key("sign_in.done"),
            detail: say.t("08:52　座位 12", "08:52, seat 12"),
        },
        prompt: say.t(
            "会议将于 9:00 开始，请先阅读文件。",
            "The meeting begins at 9:00. Please read the papers.",
        ),
        present: "22".into(),
        ..sign_in.clone()
    });
    let message = |kind: MessageKind, what: &str, code: &str| {
        alone(Page::Message(Message {
            kind,
            title: say.key(&format!("message.{what}.title")),
            body: say.key(&format!("message.{what}.body")),
            hint: say.key(&format!("message.{what}.hint")),
            code: code.into(),
            code_label: say.key("message.code_label"),
            action: code.is_empty().then(|| Action {
                label: say.key("button.retry_now"),
                touch: Touch::RetryNow,
                enabled: true,
            }),
        }))
    };
    let rooms = |alike: bool| {
        let row = |name: &str, alike: bool, server: u8, detail: &str| RoomRow {
            name: name.into(),
            alike,
            code: say.fill("rooms.code", &[("code", &Hex([server; 32]).short())]),
            detail: detail.into(),
            action: Action {
                label: say.key("rooms.pick"),
                touch: Touch::PickRoom(Hex([server; 32])),
                enabled: server != 0,
            },
        };
        let east = say.t("东厅", "East hall");
        let mut rows = vec![row(&east, alike, 0x9f, "192.168.1.10:8480")];
        if alike {
            rows.push(row(&east, alike, 0x3c, "192.168.1.77:8480"));
        }
        let third = say.t("机关三楼第二会议厅", "Second hall on the third floor");
        rows.push(row(&third, false, 0xa2, "192.168.1.30:8480"));
        rows.push(row(&say.t("西厅", "West hall"), false, 0, &say.key("rooms.strange")));
        Page::Rooms(Rooms {
            title: say.key("rooms.title"),
            body: say.key("rooms.body"),
            warning: if alike { say.key("rooms.alike") } else { String::new() },
            rows,
        })
    };
    let mut searching = message(MessageKind::Waiting, "searching", "");
    if let Page::Message(message) = &mut searching.page {
        // There is nothing to try again: it listens.
        message.action = None;
    }
    let east = say.t("东厅", "East hall");
    let namesake = alone(Page::Message(Message {
        kind: MessageKind::Error,
        title: say.key("message.namesake.title"),
        body: say.fill("message.namesake.body", &[("room", &east)]),
        hint: say.key("message.namesake.hint_pick"),
        code: Hex::<32>([0x3c; 32]).short(),
        code_label: say.fill("message.namesake.code_label", &[("code", "9F9F 9F9F")]),
        action: Some(Action {
            label: say.key("button.other_room"),
            touch: Touch::OtherRoom,
            enabled: true,
        }),
    }));
    vec![
        ("starting", alone(Page::Starting { text: say.key("starting.connecting") })),
        ("message-no-server", message(MessageKind::Error, "no_server", "")),
        ("message-searching", searching),
        ("message-namesake", namesake),
        ("rooms", alone(rooms(false))),
        ("rooms-alike", alone(rooms(true))),
        ("message-no-seat", message(MessageKind::Waiting, "no_seat", "7K3F 9QMD")),
        ("standby", say.screen(Page::Standby(standby))),
        ("standby-long-name", say.screen(Page::Standby(long))),
        ("standby-rare-name", say.screen(Page::Standby(rare))),
        ("sign-in", alone(with(SignInState::Ready))),
        ("sign-in-busy", alone(with(SignInState::Busy))),
        ("sign-in-failed", alone(with(SignInState::Failed { words: say.key("sign_in.failed") }))),
        ("sign-in-done", alone(done)),
        ("pin", alone(pin(0, 5, SignInState::Ready))),
        ("pin-typed", alone(pin(4, 5, SignInState::Ready))),
        ("pin-busy", alone(pin(6, 5, SignInState::Busy))),
        ("pin-wrong", alone(pin(0, 3, wrong()))),
        ("pin-locked", alone(pin(0, 0, SignInState::Ready))),
        ("signature", alone(drawn("", SignInState::Ready))),
        ("signature-drawn", alone(drawn(HAND, SignInState::Ready))),
        ("signature-busy", alone(drawn(HAND, SignInState::Busy))),
        (
            "pause",
            say.with_rail(
                Page::Pause(Pause {
                    title: say.key("pause.title"),
                    body: say.key("pause.body"),
                    until: say.t("10:40 继续", "Until 10:40"),
                }),
                RailKind::Vote,
            ),
        ),
        (
            "ended",
            say.screen(Page::Ended(Ended {
                title: say.key("ended.title"),
                body: say.key("ended.papers"),
                lines: vec![
                    say.t("组成人员 31 人，出席 28 人。", "28 of 31 members were present."),
                ],
            })),
        ),
    ]
}

/// The presiding row above, two rows of members in a U below.
fn seat_map() -> SeatMap {
    let mut seats = Vec::new();
    let mut put = |half_column: u16, row: u16| {
        let number = u32::try_from(seats.len() + 1).unwrap_or_default();
        seats.push(MapSeat { half_column, row, number, own: number == 23 });
    };
    for column in 0..7 {
        put(1 + 2 * column, 0);
    }
    for row in 1..4 {
        for column in [0, 2, 12, 14] {
            put(column, row);
        }
    }
    for column in [0, 4, 6, 8, 10, 14] {
        put(column, 4);
    }
    for column in [2, 4, 6, 8, 10, 12] {
        put(column, 5);
    }
    for seat in &mut seats {
        if seat.own {
            seat.number = 12;
        }
    }
    SeatMap { half_columns: 16, rows: 6, seats }
}

fn agenda(say: Say, reading: bool) -> Agenda {
    let item =
        |number: u32, short: (&str, &str), title: (&str, &str), state: ItemState| AgendaItem {
            number: Words::new(say.0).numeral(number),
            short_title: say.t(short.0, short.1),
            title: say.t(title.0, title.1),
            state,
            state_words: match state {
                ItemState::Waiting => String::new(),
                ItemState::Current => say.key("item.current"),
                ItemState::Done => say.key("item.done"),
            },
            open: false,
            papers: Vec::new(),
            no_papers: say.key("item.no_papers"),
        };
    let paper = |id: u32, short: (&str, &str), title: (&str, &str), new: bool| PaperEntry {
        id,
        short_title: say.t(short.0, short.1),
        title: say.t(title.0, title.1),
        detail: say.t("12 页", "12 pages"),
        new_tag: if new { say.key("paper.new") } else { String::new() },
        selected: reading && id == 1,
        ready: true,
    };
    let mut items = vec![
        item(
            1,
            ("城市更新监督决定", "Urban renewal"),
            (
                "关于加强城市更新工作监督的决定（草案）",
                "Decision on the oversight of urban renewal (draft)",
            ),
            ItemState::Done,
        ),
        item(
            2,
            ("计划执行情况报告", "Plan report"),
            (
                "关于今年以来国民经济和社会发展计划执行情况的报告",
                "Report on carrying out the development plan this year",
            ),
            ItemState::Done,
        ),
        item(
            3,
            ("生态环境保护报告", "Environment report"),
            (
                "关于环境状况和环境保护目标完成情况的报告",
                "Report on the environment and its protection",
            ),
            ItemState::Done,
        ),
        item(
            4,
            ("预算调整方案", "Budget adjustment"),
            (
                "关于2026年市级预算调整方案（草案）的报告",
                "Report on adjusting the city budget for 2026 (draft)",
            ),
            ItemState::Current,
        ),
        item(
            5,
            ("执法检查报告", "Inspection report"),
            (
                "关于检查《市养老服务条例》实施情况的报告",
                "Report on how the care services act is carried out",
            ),
            ItemState::Waiting,
        ),
        item(
            6,
            ("人事任免", "Appointments"),
            ("人事任免事项", "Appointments and dismissals"),
            ItemState::Waiting,
        ),
    ];
    items[3].open = true;
    items[3].papers = vec![
        paper(
            1,
            ("调整方案", "The adjustment"),
            ("2026年市级预算调整方案（草案）", "City budget 2026, adjustment (draft)"),
            true,
        ),
        paper(
            2,
            ("关于预算调整方案的审查结果报告", "Review of the budget adjustment"),
            ("关于预算调整方案的审查结果报告", "Review of the budget adjustment"),
            false,
        ),
        paper(
            3,
            ("决议草案", "Draft resolution"),
            ("关于批准预算调整方案的决议（草案）", "Resolution approving the adjustment (draft)"),
            false,
        ),
    ];
    items[3].papers[2].ready = false;
    items[3].papers[2].detail = say.t("正在接收 40%", "Receiving 40%");
    Agenda {
        count_words: say.t("共 6 项", "6 items"),
        receipts_words: say.t("打开文件会记入阅读回执", "Opening a paper is recorded"),
        items,
    }
}

fn reader(say: Say) -> Reader {
    let bitmap = |page, width| BitmapId { paper: 1, page, width, generation: 1, turn: 0 };
    Reader {
        agenda: agenda(say, true),
        item_label: say.t("第四项", "Item 4"),
        paper: 1,
        title: say.t("预算调整方案（草案）", "Budget adjustment (draft)"),
        short_title: say.t("预算调整方案", "Budget adjustment"),
        version_tag: say.t("新版本 09:10", "New version 09:10"),
        page: 2,
        pages: 12,
        page_words: "3 / 12".into(),
        zoom_words: "100%".into(),
        fits_width: true,
        can_zoom_in: true,
        can_zoom_out: true,
        sheet_width: 1088.0,
        sheet_height: 1534.0,
        image: Some(bitmap(2, 1088)),
        scroll_turn: 1,
        thumbnails: (0..12)
            .map(|page| Thumbnail {
                page,
                image: Some(bitmap(page, 98)),
                current: page == 2,
                changed: page == 4,
            })
            .collect(),
        follow: Some(Follow {
            label: say.t("跟随主讲", "Follow"),
            on: true,
            enabled: true,
            points: false,
        }),
        pointer: Some((420.0, 260.0)),
        ..Reader::default()
    }
}

fn papers(say: Say) -> Vec<(&'static str, Screen)> {
    let page = reader(say);
    let mut waiting = page.clone();
    waiting.image = None;
    waiting.sheet_width = 0.0;
    waiting.sheet_height = 0.0;
    waiting.thumbnails.iter_mut().for_each(|thumbnail| thumbnail.image = None);
    waiting.version_tag = String::new();
    waiting.waiting = say.key("paper.opening");
    let rail = |page: Reader| say.with_rail(Page::Reader(page), RailKind::Agenda);
    let mut states = vec![
        (
            "agenda",
            say.with_rail(
                Page::Agenda(AgendaPage { agenda: agenda(say, false) }),
                RailKind::Agenda,
            ),
        ),
        ("reader", rail(page.clone())),
        ("reader-waiting", rail(waiting)),
        ("reader-offline", say.offline(rail(page))),
    ];
    states.extend(reading::reading(say, rail));
    states
}

fn speakers(say: Say) -> Vec<Speaker> {
    let speaker = |place: String, name: (&str, &str), clock: &str, seat: u32| Speaker {
        place,
        name: say.t(name.0, name.1),
        clock: clock.into(),
        speaking: !clock.is_empty(),
        seat,
        own: false,
    };
    vec![
        speaker(say.key("speak.now"), ("何思齐", "He Siqi"), "3:42", 4),
        speaker(say.t("第 1 位", "1st"), ("邓怀瑾", "Deng Huaijin"), "", 9),
        speaker(say.t("第 2 位", "2nd"), ("苏怀谷", "Su Huaigu"), "", 17),
    ]
}

fn others(say: Say) -> Vec<(&'static str, Screen)> {
    let sheet = |section, called: bool| {
        Sheet::Speak(Speak {
            section,
            item: say.t("第四项　预算调整方案", "Item 4: budget adjustment"),
            queue: speakers(say),
            empty_words: say.key("speak.empty"),
            own: SpeechState::None,
            help: say.t(
                "您将排在第 3 位，轮到时本屏会提示。",
                "You will be third. This screen will tell you.",
            ),
            can_ask: true,
            services: ServiceKind::ALL
                .into_iter()
                .map(|kind| Service { kind, called: called && kind == ServiceKind::Tea })
                .collect(),
            called: if called {
                say.t("已呼叫茶水，请稍候。", "Tea is on its way.")
            } else {
                String::new()
            },
            can_call: true,
        })
    };
    let over = |sheet: Sheet, selected: RailKind| {
        let mut screen = say.with_rail(Page::Reader(reader(say)), selected);
        screen.sheet = Some(sheet);
        screen
    };
    let size = Sheet::TextSize(TextSizeSheet {
        sample: say.key("text_size.sample"),
        help: say.key("text_size.help"),
    });
    let quorum = Words::new(say.0).fill("chair.quorum", &[("quorum", "16")]);
    let chair = Chair {
        view: None,
        present_label: say.key("attendance.present"),
        present: "28".into(),
        members: say.t("/ 31 人", "/ 31"),
        attendance_words: String::new(),
        quorum_met: Some(true),
        quorum_words: quorum.clone(),
        step_label: say.t("第四项", "Item 4"),
        step_words: say.t(
            "关于2026年市级预算调整方案（草案）的报告",
            "Report on adjusting the city budget for 2026",
        ),
        step_help: say.t(
            "报告已听取，审议已结束。下一步：表决。",
            "The report was heard and discussed. Next: the vote.",
        ),
        next: Some(Action {
            label: say.key("step.open_vote"),
            touch: Touch::ChairNext,
            enabled: true,
        }),
        decisions: Vec::new(),
        missing_label: say.key("chair.missing"),
        missing: [
            ("郑有为", "Zheng Youwei", true),
            ("陆㛃", "Lu Jie", false),
            ("孙䶮", "Sun Yan", false),
        ]
        .into_iter()
        .map(|(zh, en, on_leave)| MissingName {
            name: say.t(zh, en),
            state: say.key(if on_leave { "chair.on_leave" } else { "chair.not_here" }),
            on_leave,
        })
        .collect(),
        nobody_missing: say.key("chair.nobody_missing"),
        queue_label: say.key("chair.queue"),
        queue: speakers(say),
        nobody_waiting: say.key("speak.empty"),
        announcement_label: say.key("chair.announcement"),
        announcement: Vec::new(),
    };
    let announce = Chair {
        step_words: say.t("表决结束，请宣布结果", "The vote is closed: please announce it"),
        step_help: say.t(
            "宣布后按下面的按钮，结果显示在全体终端。",
            "After reading, press the button: every seat shows the result.",
        ),
        next: Some(Action {
            label: say.key("step.declare_vote"),
            touch: Touch::ChairNext,
            enabled: true,
        }),
        announcement: vec![
            say.t(
                "现在宣布表决结果：赞成 26 票，反对 1 票，弃权 1 票，未按 0 人。",
                "The result: 26 for, 1 against, 1 abstention, 0 not pressed.",
            ),
            say.t("通过。", "Adopted."),
        ],
        ..chair.clone()
    };
    let tie = Chair {
        step_help: say.key("chair.tie_help"),
        next: Some(Action {
            label: Words::new(say.0)
                .fill("chair.tie_say", &[("decision", &say.key("chair.tie_adopt"))]),
            touch: Touch::ChairNext,
            enabled: true,
        }),
        decisions: [("chair.tie_adopt", true), ("chair.tie_reject", false)]
            .into_iter()
            .map(|(key, adopted)| Decision {
                action: Action {
                    label: say.key(key),
                    touch: Touch::TieChosen { adopted },
                    enabled: true,
                },
                chosen: adopted,
            })
            .collect(),
        announcement: vec![
            say.t(
                "现在宣布表决结果：赞成 14 票，反对 14 票，弃权 0 票。",
                "The result: 14 for, 14 against, no abstention.",
            ),
            say.key("verdict.tied_for_chair"),
        ],
        ..announce.clone()
    };
    let short = Chair {
        quorum_met: Some(false),
        present: "14".into(),
        quorum_words: quorum,
        next: Some(Action {
            label: say.key("step.open_meeting"),
            touch: Touch::ChairNext,
            enabled: false,
        }),
        missing: Vec::new(),
        queue: Vec::new(),
        ..chair.clone()
    };
    let seat = |page: Chair| {
        let mut screen = say.with_rail(Page::Chair(page), RailKind::Chair);
        screen
            .rail
            .entries
            .insert(4, RailEntry { selected: true, ..RailEntry::new(RailKind::Chair) });
        screen
    };
    let with_view = |view| Chair { view: Some(view), ..announce.clone() };
    vec![
        ("speak", over(sheet(SpeakSection::Speak, false), RailKind::Speak)),
        ("service", over(sheet(SpeakSection::Service, true), RailKind::Service)),
        ("text-size", over(size, RailKind::TextSize)),
        ("chair", seat(chair.clone())),
        ("chair-announce", seat(announce.clone())),
        ("chair-no-quorum", seat(short)),
        ("chair-tie", seat(tie.clone())),
        ("chair-tie-words", seat(Chair { view: Some(ChairView::Announcement), ..tie })),
        ("chair-missing", seat(with_view(ChairView::Missing))),
        ("chair-queue", seat(with_view(ChairView::Queue))),
        ("chair-reading", seat(with_view(ChairView::Announcement))),
        (
            "chair-reading-long",
            seat(Chair { announcement: many_outcomes(say), ..with_view(ChairView::Announcement) }),
        ),
    ]
}

/// The words of a vote on fifteen people.
fn many_outcomes(say: Say) -> Vec<String> {
    let person = say.t(
        "决定任命宋怀民（市人民政府副市长）：赞成 26 票，反对 1 票，弃权 1 票，通过。",
        "Appoint Song Huaimin (vice mayor): 26 for, 1 against, 1 abstention, adopted.",
    );
    vec![person; 15]
}
